--********************************************************************--
-- 流量转化漏斗
-- 粒度：渠道 + 步骤；channel = 'all' 为全渠道
-- 口径：设备数；后一步的首次时间不早于前一步才算转化
--********************************************************************--
SET odps.sql.type.system.odps2=true;

CREATE TABLE IF NOT EXISTS ads_traffic_funnel_1d
(
    channel      STRING COMMENT '渠道，all 为全渠道'
    ,step_no     BIGINT COMMENT '步骤序号，从 1 起'
    ,step_name   STRING COMMENT '步骤名称'
    ,device_cnt  BIGINT COMMENT '到达设备数'
    ,step_rate   DECIMAL(18,4) COMMENT '相对上一步的转化率'
    ,total_rate  DECIMAL(18,4) COMMENT '相对第一步的转化率'
)
COMMENT '流量转化漏斗'
PARTITIONED BY
(
    dt           STRING COMMENT '业务日期，yyyymmdd'
)
LIFECYCLE 3650
;

WITH device AS
(
    SELECT  device_id
            ,channel
            ,first_detail_time IS NOT NULL AS to_detail
            ,first_cart_time >= first_detail_time AS to_cart
            ,first_cart_time >= first_detail_time AND first_checkout_time >= first_cart_time AS to_checkout
            ,first_cart_time >= first_detail_time AND first_checkout_time >= first_cart_time
                AND first_pay_time >= first_checkout_time AS to_pay
    FROM    dws_traffic_device_1d
    WHERE   dt = '${bizdate}'
),
channel_step AS
(
    -- 条件里有空时间时结果为空，IF 按不成立处理
    SELECT  IF(GROUPING(channel) = 1, 'all', channel)          AS channel
            ,COUNT(DISTINCT device_id)                         AS visit_cnt
            ,COUNT(DISTINCT IF(to_detail, device_id, NULL))    AS detail_cnt
            ,COUNT(DISTINCT IF(to_cart, device_id, NULL))      AS cart_cnt
            ,COUNT(DISTINCT IF(to_checkout, device_id, NULL))  AS checkout_cnt
            ,COUNT(DISTINCT IF(to_pay, device_id, NULL))       AS pay_cnt
    FROM    device
    GROUP BY channel
    GROUPING SETS ((channel), ())
),
step AS
(
    SELECT  c.channel
            ,CAST(s.step_pos AS BIGINT) + 1 AS step_no
            ,s.device_cnt
    FROM    channel_step c
    LATERAL VIEW POSEXPLODE(ARRAY(c.visit_cnt, c.detail_cnt, c.cart_cnt, c.checkout_cnt, c.pay_cnt)) s AS step_pos, device_cnt
)
INSERT OVERWRITE TABLE ads_traffic_funnel_1d PARTITION (dt = '${bizdate}')
SELECT  channel
        ,step_no
        ,CASE   step_no
                WHEN 1 THEN '访问'
                WHEN 2 THEN '看商品'
                WHEN 3 THEN '进购物车'
                WHEN 4 THEN '进结算'
                WHEN 5 THEN '支付成功'
         END AS step_name
        ,device_cnt
        ,CAST(device_cnt / NULLIF(LAG(device_cnt, 1) OVER (PARTITION BY channel ORDER BY step_no), 0L) AS DECIMAL(18,4)) AS step_rate
        ,CAST(device_cnt / NULLIF(FIRST_VALUE(device_cnt) OVER (PARTITION BY channel ORDER BY step_no), 0L) AS DECIMAL(18,4)) AS total_rate
FROM    step
;
