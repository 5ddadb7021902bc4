--@exclude_input=stg_mall_payment_log
--********************************************************************--
-- 支付流水增量
-- 粒度：支付单；分区内是当日有过变更的支付单的最后状态
-- 注意：渠道会重复回调，回调只会让 update_time 变大，不会改变支付单号
--********************************************************************--
SET odps.sql.type.system.odps2=true;

CREATE TABLE IF NOT EXISTS ods_payment_di
(
    payment_id     BIGINT COMMENT '支付单ID'
    ,order_id      BIGINT COMMENT '订单ID'
    ,user_id       BIGINT COMMENT '用户ID'
    ,pay_channel   STRING COMMENT '支付渠道：alipay/wechat/unionpay/balance'
    ,pay_amount    DECIMAL(18,2) COMMENT '支付金额，元'
    ,pay_status    STRING COMMENT '支付状态：created/success/failed/closed'
    ,create_time   DATETIME COMMENT '发起支付时间'
    ,callback_time DATETIME COMMENT '渠道回调成功时间'
)
COMMENT '支付流水增量'
PARTITIONED BY
(
    dt             STRING COMMENT '业务日期，yyyymmdd'
)
LIFECYCLE 1095 -- 与 ods_order_di 一致
;

INSERT OVERWRITE TABLE ods_payment_di PARTITION (dt = '${bizdate}')
SELECT  payment_id
        ,order_id
        ,user_id
        ,LOWER(TRIM(pay_channel)) AS pay_channel -- 老版本收银台写过大写和带空格的渠道名
        ,pay_amount
        ,pay_status
        ,create_time
        ,callback_time
FROM    (
            SELECT  payment_id
                    ,order_id
                    ,user_id
                    ,pay_channel
                    ,pay_amount
                    ,pay_status
                    ,create_time
                    ,callback_time
                    ,op_type
                    ,ROW_NUMBER() OVER (PARTITION BY payment_id ORDER BY op_time DESC, binlog_seq DESC) AS rn
            FROM    stg_mall_payment_log
            WHERE   dt = '${bizdate}'
        ) t
WHERE   rn = 1
AND     op_type <> 'D'
;
