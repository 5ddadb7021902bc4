--********************************************************************--
-- 小时流量看板
-- 粒度：渠道 + 小时；与昨天、上周同一小时对比，跌幅超过三成标记异常
--********************************************************************--
SET odps.sql.type.system.odps2=true;

CREATE TABLE IF NOT EXISTS ads_rpt_traffic_hour
(
    channel      STRING COMMENT '渠道，all 为全渠道'
    ,uv          BIGINT COMMENT '访问设备数'
    ,pv          BIGINT COMMENT '浏览次数'
    ,pay_uv      BIGINT COMMENT '到达支付成功页的设备数'
    ,uv_1d_ago   BIGINT COMMENT '昨天同一小时的访问设备数'
    ,uv_7d_ago   BIGINT COMMENT '上周同一小时的访问设备数'
    ,uv_dod      DECIMAL(18,4) COMMENT '日环比'
    ,uv_wow      DECIMAL(18,4) COMMENT '周同比'
    ,is_abnormal BIGINT COMMENT '日环比和周同比都跌超三成：1/0'
)
COMMENT '小时流量看板'
PARTITIONED BY
(
    dt           STRING COMMENT '日期，yyyymmdd'
    ,hh          STRING COMMENT '小时，00 到 23'
)
LIFECYCLE 180
;

WITH traffic AS
(
    SELECT  channel
            ,MAX(IF(dt = '${dt}', uv, NULL))        AS uv
            ,MAX(IF(dt = '${dt}', pv, NULL))        AS pv
            ,MAX(IF(dt = '${dt}', pay_uv, NULL))    AS pay_uv
            ,MAX(IF(dt = '${dt_1d}', uv, NULL))     AS uv_1d_ago
            ,MAX(IF(dt = '${dt_7d}', uv, NULL))     AS uv_7d_ago
    FROM    dws_traffic_channel_1h
    WHERE   dt IN ('${dt}', '${dt_1d}', '${dt_7d}')
    AND     hh = '${hh}'
    GROUP BY channel
)
INSERT OVERWRITE TABLE ads_rpt_traffic_hour PARTITION (dt = '${dt}', hh = '${hh}')
SELECT  channel
        ,NVL(uv, 0L)     AS uv -- 本小时一条都没有的渠道也要出一行，这正是要看的异常
        ,NVL(pv, 0L)     AS pv
        ,NVL(pay_uv, 0L) AS pay_uv
        ,uv_1d_ago
        ,uv_7d_ago
        ,CAST(NVL(uv, 0L) / NULLIF(uv_1d_ago, 0L) - 1 AS DECIMAL(18,4)) AS uv_dod
        ,CAST(NVL(uv, 0L) / NULLIF(uv_7d_ago, 0L) - 1 AS DECIMAL(18,4)) AS uv_wow
        ,IF(NVL(uv, 0L) < uv_1d_ago * 0.7 AND NVL(uv, 0L) < uv_7d_ago * 0.7, 1L, 0L) AS is_abnormal
FROM    traffic
;
