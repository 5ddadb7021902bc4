--********************************************************************--
-- 退款日指标
-- 粒度：一级类目；近 30 天退款率，当日退款原因前三
-- 口径：退款率 = 近 30 天退款额 / 近 30 天下单应付额（同期，不追溯到原订单）
--********************************************************************--
SET odps.sql.type.system.odps2=true;

CREATE TABLE IF NOT EXISTS ads_trade_refund_1d
(
    category1_id       BIGINT COMMENT '一级类目ID'
    ,category1_name    STRING COMMENT '一级类目名称'
    ,refund_cnt        BIGINT COMMENT '当日退款笔数'
    ,refund_amount     DECIMAL(18,2) COMMENT '当日退款额，元'
    ,refund_rate_30d   DECIMAL(18,4) COMMENT '近 30 天退款率'
    ,avg_handle_hours  DECIMAL(18,1) COMMENT '当日平均处理小时数'
    ,top_reasons       STRING COMMENT '当日退款原因前三，按笔数，分号分隔'
)
COMMENT '退款日指标'
PARTITIONED BY
(
    dt                 STRING COMMENT '业务日期，yyyymmdd'
)
LIFECYCLE 3650
;

WITH today_refund AS
(
    SELECT  category1_id
            ,COUNT(*)            AS refund_cnt
            ,SUM(refund_amount)  AS refund_amount
            ,AVG(handle_hours)   AS avg_handle_hours
    FROM    dwd_trade_refund_di
    WHERE   dt = '${bizdate}'
    GROUP BY category1_id
),
reason AS
(
    SELECT  category1_id
            ,refund_reason
            ,reason_cnt
            ,ROW_NUMBER() OVER (PARTITION BY category1_id ORDER BY reason_cnt DESC, refund_reason) AS rn
    FROM    (
                SELECT  category1_id
                        ,refund_reason
                        ,COUNT(*) AS reason_cnt
                FROM    dwd_trade_refund_di
                WHERE   dt = '${bizdate}'
                GROUP BY category1_id
                         ,refund_reason
            ) t
),
top_reason AS
(
    SELECT  category1_id
            ,WM_CONCAT(';', CONCAT(refund_reason, '(', CAST(reason_cnt AS STRING), ')')) WITHIN GROUP (ORDER BY rn) AS top_reasons
    FROM    reason
    WHERE   rn <= 3
    GROUP BY category1_id
),
last_30d AS
(
    SELECT  category1_id
            ,MAX(category1_name) AS category1_name
            ,SUM(order_amount)   AS order_amount
            ,SUM(refund_amount)  AS refund_amount
    FROM    dws_trade_sku_1d
    WHERE   dt >= '${start_date}'
    AND     dt <= '${bizdate}'
    GROUP BY category1_id
)
INSERT OVERWRITE TABLE ads_trade_refund_1d PARTITION (dt = '${bizdate}')
SELECT  h.category1_id
        ,h.category1_name
        ,NVL(f.refund_cnt, 0L)                          AS refund_cnt
        ,CAST(NVL(f.refund_amount, 0) AS DECIMAL(18,2)) AS refund_amount
        ,CAST(h.refund_amount / NULLIF(h.order_amount, 0) AS DECIMAL(18,4)) AS refund_rate_30d
        ,CAST(f.avg_handle_hours AS DECIMAL(18,1))      AS avg_handle_hours
        ,r.top_reasons
FROM    last_30d h
LEFT JOIN today_refund f
ON      h.category1_id = f.category1_id
LEFT JOIN top_reason r
ON      h.category1_id = r.category1_id
;
