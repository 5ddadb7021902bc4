--********************************************************************--
-- 交易域省份粒度汇总，最近 1 天
-- 粒度：收货省份 + 下单渠道
-- 注意：人数在省份和渠道之间会重复，不能相加得到全站人数
--********************************************************************--
SET odps.sql.type.system.odps2=true;

CREATE TABLE IF NOT EXISTS dws_trade_province_1d
(
    province        STRING COMMENT '收货省份'
    ,channel        STRING COMMENT '下单渠道'
    ,order_cnt      BIGINT COMMENT '下单数'
    ,order_user_cnt BIGINT COMMENT '下单人数'
    ,order_amount   DECIMAL(18,2) COMMENT '下单应付金额，元'
    ,pay_cnt        BIGINT COMMENT '支付成功笔数'
    ,pay_amount     DECIMAL(18,2) COMMENT '支付成功金额，元'
    ,pay_delay_sec  BIGINT COMMENT '下单到支付的秒数，中位数（近似）'
)
COMMENT '交易域省份粒度汇总，最近 1 天'
PARTITIONED BY
(
    dt              STRING COMMENT '业务日期，yyyymmdd'
)
LIFECYCLE 1095
;

WITH province_order AS
(
    SELECT  province
            ,channel
            ,COUNT(DISTINCT order_id) AS order_cnt
            ,COUNT(DISTINCT user_id)  AS order_user_cnt
            ,SUM(pay_amount)          AS order_amount
    FROM    dwd_trade_order_item_di
    WHERE   dt = '${bizdate}'
    GROUP BY province
             ,channel
),
province_pay AS
(
    SELECT  province
            ,channel
            ,COUNT(*)                               AS pay_cnt
            ,SUM(pay_amount)                        AS pay_amount
            ,PERCENTILE_APPROX(pay_delay_sec, 0.5)  AS pay_delay_sec
    FROM    dwd_trade_payment_di
    WHERE   dt = '${bizdate}'
    GROUP BY province
             ,channel
)
INSERT OVERWRITE TABLE dws_trade_province_1d PARTITION (dt = '${bizdate}')
SELECT  COALESCE(a.province, b.province)               AS province
        ,COALESCE(a.channel, b.channel)                AS channel
        ,NVL(a.order_cnt, 0L)                          AS order_cnt
        ,NVL(a.order_user_cnt, 0L)                     AS order_user_cnt
        ,CAST(NVL(a.order_amount, 0) AS DECIMAL(18,2)) AS order_amount
        ,NVL(b.pay_cnt, 0L)                            AS pay_cnt
        ,CAST(NVL(b.pay_amount, 0) AS DECIMAL(18,2))   AS pay_amount
        ,CAST(b.pay_delay_sec AS BIGINT)               AS pay_delay_sec
FROM    province_order a
FULL OUTER JOIN province_pay b
ON      a.province = b.province
AND     a.channel = b.channel
;
