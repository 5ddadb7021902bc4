--********************************************************************--
-- GMV 日指标
-- 粒度：天；含日环比、周同比、7 日移动平均、月累计
-- 口径：GMV 按下单应付金额，支付额按支付成功金额，净额 = 支付额 - 退款额
--********************************************************************--
SET odps.sql.type.system.odps2=true;

CREATE TABLE IF NOT EXISTS ads_trade_gmv_1d
(
    gmv             DECIMAL(18,2) COMMENT 'GMV，元'
    ,order_cnt      BIGINT COMMENT '下单数'
    ,order_user_cnt BIGINT COMMENT '下单人数'
    ,pay_amount     DECIMAL(18,2) COMMENT '支付额，元'
    ,pay_user_cnt   BIGINT COMMENT '支付人数'
    ,net_amount     DECIMAL(18,2) COMMENT '净额，元'
    ,avg_pay_amount DECIMAL(18,2) COMMENT '客单价，元：支付额 / 支付人数'
    ,gmv_dod        DECIMAL(18,4) COMMENT 'GMV 日环比'
    ,gmv_wow        DECIMAL(18,4) COMMENT 'GMV 周同比，对比上周同一天'
    ,gmv_avg_7d     DECIMAL(18,2) COMMENT 'GMV 7 日移动平均，元'
    ,gmv_mtd        DECIMAL(18,2) COMMENT 'GMV 月累计，元'
)
COMMENT 'GMV 日指标'
PARTITIONED BY
(
    dt              STRING COMMENT '业务日期，yyyymmdd'
)
LIFECYCLE 3650 -- 指标结果长期保留
;

WITH daily AS
(
    SELECT  dt
            ,SUM(order_amount)           AS gmv
            ,SUM(order_cnt)              AS order_cnt
            ,SUM(IF(order_cnt > 0, 1, 0)) AS order_user_cnt
            ,SUM(pay_amount)             AS pay_amount
            ,SUM(IF(pay_cnt > 0, 1, 0))  AS pay_user_cnt
            ,SUM(refund_amount)          AS refund_amount
    FROM    dws_trade_user_1d
    WHERE   dt >= '${start_date}'
    AND     dt <= '${bizdate}'
    GROUP BY dt
),
trend AS
(
    SELECT  dt
            ,gmv
            ,order_cnt
            ,order_user_cnt
            ,pay_amount
            ,pay_user_cnt
            ,refund_amount
            ,AVG(gmv) OVER (ORDER BY dt ROWS BETWEEN 6 PRECEDING AND CURRENT ROW) AS gmv_avg_7d
            ,SUM(gmv) OVER (PARTITION BY SUBSTR(dt, 1, 6) ORDER BY dt ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW) AS gmv_mtd
    FROM    daily
)
INSERT OVERWRITE TABLE ads_trade_gmv_1d PARTITION (dt = '${bizdate}')
SELECT  CAST(t.gmv AS DECIMAL(18,2))        AS gmv
        ,t.order_cnt
        ,t.order_user_cnt
        ,CAST(t.pay_amount AS DECIMAL(18,2)) AS pay_amount
        ,t.pay_user_cnt
        ,CAST(t.pay_amount - t.refund_amount AS DECIMAL(18,2)) AS net_amount
        ,CAST(t.pay_amount / NULLIF(t.pay_user_cnt, 0L) AS DECIMAL(18,2)) AS avg_pay_amount
        -- 按日期关联而不用 LAG：缺一天数据时宁可为空，也不要错位
        ,CAST(t.gmv / NULLIF(d.gmv, 0) - 1 AS DECIMAL(18,4)) AS gmv_dod
        ,CAST(t.gmv / NULLIF(w.gmv, 0) - 1 AS DECIMAL(18,4)) AS gmv_wow
        ,CAST(t.gmv_avg_7d AS DECIMAL(18,2)) AS gmv_avg_7d
        ,CAST(t.gmv_mtd AS DECIMAL(18,2))    AS gmv_mtd
FROM    trend t
LEFT JOIN daily d
ON      d.dt = TO_CHAR(DATEADD(TO_DATE(t.dt, 'yyyymmdd'), -1, 'dd'), 'yyyymmdd')
LEFT JOIN daily w
ON      w.dt = TO_CHAR(DATEADD(TO_DATE(t.dt, 'yyyymmdd'), -7, 'dd'), 'yyyymmdd')
WHERE   t.dt = '${bizdate}'
;
