--********************************************************************--
-- 营销域优惠券核销明细
-- 粒度：当日核销的一张券，带订单的金额和渠道
-- 说明：券在支付时核销，支付会更新订单，所以订单一定在当日的 ods_order_di 里
--********************************************************************--
SET odps.sql.type.system.odps2=true;

CREATE TABLE IF NOT EXISTS dwd_coupon_use_di
(
    coupon_use_id   BIGINT COMMENT '领用ID'
    ,coupon_id      BIGINT COMMENT '券模板ID'
    ,coupon_name    STRING COMMENT '券名称'
    ,user_id        BIGINT COMMENT '用户ID'
    ,order_id       BIGINT COMMENT '订单ID'
    ,channel        STRING COMMENT '下单渠道'
    ,coupon_amount  DECIMAL(18,2) COMMENT '面额，元'
    ,payable_amount DECIMAL(18,2) COMMENT '订单应付金额，元'
    ,hold_days      BIGINT COMMENT '领取到核销的天数'
    ,use_time       DATETIME COMMENT '核销时间'
)
COMMENT '营销域优惠券核销明细'
PARTITIONED BY
(
    dt              STRING COMMENT '核销日期，yyyymmdd'
)
LIFECYCLE 730
;

INSERT OVERWRITE TABLE dwd_coupon_use_di PARTITION (dt = '${bizdate}')
SELECT  c.coupon_use_id
        ,c.coupon_id
        ,c.coupon_name
        ,c.user_id
        ,c.order_id
        ,NVL(r.channel, 'unknown') AS channel
        ,c.coupon_amount
        ,r.payable_amount
        ,DATEDIFF(c.use_time, c.receive_time, 'dd') AS hold_days
        ,c.use_time
FROM    (
            SELECT  coupon_use_id
                    ,coupon_id
                    ,coupon_name
                    ,user_id
                    ,order_id
                    ,coupon_amount
                    ,receive_time
                    ,use_time
            FROM    ods_coupon_use_di
            WHERE   dt = '${bizdate}'
            AND     use_status = 'used'
            AND     TO_CHAR(use_time, 'yyyymmdd') = '${bizdate}'
        ) c
LEFT JOIN (
            SELECT  order_id
                    ,channel
                    ,payable_amount
            FROM    ods_order_di
            WHERE   dt = '${bizdate}'
        ) r
ON      c.order_id = r.order_id
;
