--********************************************************************--
-- 交易域用户粒度汇总，最近 1 天
-- 粒度：用户；下单、支付、退款各按自己的发生日期计入
--********************************************************************--
SET odps.sql.type.system.odps2=true;

CREATE TABLE IF NOT EXISTS dws_trade_user_1d
(
    user_id        BIGINT COMMENT '用户ID'
    ,order_cnt     BIGINT COMMENT '下单数'
    ,sku_num       BIGINT COMMENT '下单件数'
    ,order_amount  DECIMAL(18,2) COMMENT '下单应付金额（GMV），元'
    ,coupon_amount DECIMAL(18,2) COMMENT '优惠券分摊，元'
    ,pay_cnt       BIGINT COMMENT '支付成功笔数'
    ,pay_amount    DECIMAL(18,2) COMMENT '支付成功金额，元'
    ,refund_cnt    BIGINT COMMENT '退款成功笔数'
    ,refund_amount DECIMAL(18,2) COMMENT '退款成功金额，元'
)
COMMENT '交易域用户粒度汇总，最近 1 天'
PARTITIONED BY
(
    dt             STRING COMMENT '业务日期，yyyymmdd'
)
LIFECYCLE 1095
;

WITH user_event AS
(
    SELECT  user_id
            ,COUNT(DISTINCT order_id)           AS order_cnt
            ,SUM(sku_num)                       AS sku_num
            ,CAST(SUM(pay_amount) AS DECIMAL(18,2))    AS order_amount
            ,CAST(SUM(coupon_amount) AS DECIMAL(18,2)) AS coupon_amount
            ,0L                                 AS pay_cnt
            ,CAST(0 AS DECIMAL(18,2))           AS pay_amount
            ,0L                                 AS refund_cnt
            ,CAST(0 AS DECIMAL(18,2))           AS refund_amount
    FROM    dwd_trade_order_item_di
    WHERE   dt = '${bizdate}'
    GROUP BY user_id
    UNION ALL
    SELECT  user_id
            ,0L                                 AS order_cnt
            ,0L                                 AS sku_num
            ,CAST(0 AS DECIMAL(18,2))           AS order_amount
            ,CAST(0 AS DECIMAL(18,2))           AS coupon_amount
            ,COUNT(*)                           AS pay_cnt
            ,CAST(SUM(pay_amount) AS DECIMAL(18,2)) AS pay_amount
            ,0L                                 AS refund_cnt
            ,CAST(0 AS DECIMAL(18,2))           AS refund_amount
    FROM    dwd_trade_payment_di
    WHERE   dt = '${bizdate}'
    GROUP BY user_id
    UNION ALL
    SELECT  user_id
            ,0L                                 AS order_cnt
            ,0L                                 AS sku_num
            ,CAST(0 AS DECIMAL(18,2))           AS order_amount
            ,CAST(0 AS DECIMAL(18,2))           AS coupon_amount
            ,0L                                 AS pay_cnt
            ,CAST(0 AS DECIMAL(18,2))           AS pay_amount
            ,COUNT(*)                           AS refund_cnt
            ,CAST(SUM(refund_amount) AS DECIMAL(18,2)) AS refund_amount
    FROM    dwd_trade_refund_di
    WHERE   dt = '${bizdate}'
    GROUP BY user_id
)
INSERT OVERWRITE TABLE dws_trade_user_1d PARTITION (dt = '${bizdate}')
SELECT  user_id
        ,SUM(order_cnt)     AS order_cnt
        ,SUM(sku_num)       AS sku_num
        ,CAST(SUM(order_amount) AS DECIMAL(18,2))  AS order_amount
        ,CAST(SUM(coupon_amount) AS DECIMAL(18,2)) AS coupon_amount
        ,SUM(pay_cnt)       AS pay_cnt
        ,CAST(SUM(pay_amount) AS DECIMAL(18,2))    AS pay_amount
        ,SUM(refund_cnt)    AS refund_cnt
        ,CAST(SUM(refund_amount) AS DECIMAL(18,2)) AS refund_amount
FROM    user_event
GROUP BY user_id
;
