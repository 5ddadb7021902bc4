--********************************************************************--
-- 交易域支付成功明细
-- 粒度：支付单；分区为支付成功日期
-- 说明：支付会更新订单，所以当日支付的订单一定在当日的 ods_order_di 里，
--       不论订单是哪天下的
--********************************************************************--
SET odps.sql.type.system.odps2=true;

CREATE TABLE IF NOT EXISTS dwd_trade_payment_di
(
    payment_id      BIGINT COMMENT '支付单ID'
    ,order_id       BIGINT COMMENT '订单ID'
    ,user_id        BIGINT COMMENT '用户ID'
    ,shop_id        BIGINT COMMENT '店铺ID'
    ,channel        STRING COMMENT '下单渠道'
    ,province       STRING COMMENT '收货省份'
    ,pay_channel    STRING COMMENT '支付渠道'
    ,pay_amount     DECIMAL(18,2) COMMENT '支付金额，元'
    ,payable_amount DECIMAL(18,2) COMMENT '订单应付金额，元，含运费'
    ,pay_delay_sec  BIGINT COMMENT '下单到支付成功的秒数'
    ,pay_time       DATETIME COMMENT '支付成功时间'
)
COMMENT '交易域支付成功明细'
PARTITIONED BY
(
    dt              STRING COMMENT '支付成功日期，yyyymmdd'
)
LIFECYCLE 1095
;

INSERT OVERWRITE TABLE dwd_trade_payment_di PARTITION (dt = '${bizdate}')
SELECT  p.payment_id
        ,p.order_id
        ,p.user_id
        ,r.shop_id
        ,NVL(r.channel, 'unknown') AS channel
        ,NVL(r.province, '未知')   AS province
        ,p.pay_channel
        ,p.pay_amount
        ,r.payable_amount
        ,DATEDIFF(p.callback_time, r.create_time, 'ss') AS pay_delay_sec
        ,p.callback_time           AS pay_time
FROM    (
            SELECT  payment_id
                    ,order_id
                    ,user_id
                    ,pay_channel
                    ,pay_amount
                    ,callback_time
            FROM    ods_payment_di
            WHERE   dt = '${bizdate}'
            AND     pay_status = 'success'
            -- 排除之前已支付成功、当日只是重复回调的支付单
            AND     TO_CHAR(callback_time, 'yyyymmdd') = '${bizdate}'
        ) p
LEFT JOIN (
            SELECT  order_id
                    ,shop_id
                    ,channel
                    ,province
                    ,payable_amount
                    ,create_time
            FROM    ods_order_di
            WHERE   dt = '${bizdate}'
        ) r
ON      p.order_id = r.order_id
;
