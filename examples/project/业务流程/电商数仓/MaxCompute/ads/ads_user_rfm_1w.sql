--********************************************************************--
-- 用户 RFM 分层，周
-- 粒度：近 180 天有支付的用户；分区为周日
-- R 最近一次支付距今天数，F 支付笔数，M 净支付额；各按五等分打 1 到 5 分，5 分最好，
-- 4 分及以上记为高
-- 注意：NTILE 全局排序在一个实例里完成，目前用户在百万级；超过千万时改用分位数切分
--********************************************************************--
SET odps.sql.type.system.odps2=true;

CREATE TABLE IF NOT EXISTS ads_user_rfm_1w
(
    user_id       BIGINT COMMENT '用户ID'
    ,recency_days BIGINT COMMENT '最近一次支付距今天数'
    ,frequency    BIGINT COMMENT '支付笔数'
    ,monetary     DECIMAL(18,2) COMMENT '净支付额，元'
    ,r_score      BIGINT COMMENT 'R 分'
    ,f_score      BIGINT COMMENT 'F 分'
    ,m_score      BIGINT COMMENT 'M 分'
    ,segment      STRING COMMENT '分层'
)
COMMENT '用户 RFM 分层，周'
PARTITIONED BY
(
    dt            STRING COMMENT '统计截止日期（周日），yyyymmdd'
)
LIFECYCLE 730
;

WITH rfm AS
(
    SELECT  user_id
            ,DATEDIFF(TO_DATE('${bizdate}', 'yyyymmdd'), TO_DATE(MAX(IF(pay_cnt > 0, dt, NULL)), 'yyyymmdd'), 'dd') AS recency_days
            ,SUM(pay_cnt)                    AS frequency
            ,SUM(pay_amount - refund_amount) AS monetary
    FROM    dws_trade_user_1d
    WHERE   dt >= '${start_date}'
    AND     dt <= '${bizdate}'
    GROUP BY user_id
    HAVING  SUM(pay_cnt) > 0
),
scored AS
(
    SELECT  user_id
            ,recency_days
            ,frequency
            ,monetary
            ,NTILE(5) OVER (ORDER BY recency_days DESC, user_id) AS r_score
            ,NTILE(5) OVER (ORDER BY frequency, user_id)         AS f_score
            ,NTILE(5) OVER (ORDER BY monetary, user_id)          AS m_score
    FROM    rfm
)
INSERT OVERWRITE TABLE ads_user_rfm_1w PARTITION (dt = '${bizdate}')
SELECT  user_id
        ,recency_days
        ,frequency
        ,CAST(monetary AS DECIMAL(18,2)) AS monetary
        ,r_score
        ,f_score
        ,m_score
        ,CASE   WHEN r_score >= 4 AND f_score >= 4 AND m_score >= 4 THEN '重要价值'
                WHEN r_score >= 4 AND f_score < 4 AND m_score >= 4 THEN '重要发展'
                WHEN r_score < 4 AND f_score >= 4 AND m_score >= 4 THEN '重要保持'
                WHEN r_score < 4 AND f_score < 4 AND m_score >= 4 THEN '重要挽留'
                WHEN r_score >= 4 AND f_score >= 4 THEN '一般价值'
                WHEN r_score >= 4 THEN '一般发展'
                WHEN f_score >= 4 THEN '一般保持'
                ELSE '一般挽留'
         END AS segment
FROM    scored
;
