--@exclude_input=dwd_traffic_page_view_hi
--********************************************************************--
-- 流量域页面浏览明细，小时
-- 粒度：一次页面浏览，带会话
-- 会话：同一设备两次浏览间隔不到 30 分钟算一个会话；跨整点的会话
--       接上一小时的最后一次浏览，所以依赖自己的上一小时分区
--********************************************************************--
SET odps.sql.type.system.odps2=true;

CREATE TABLE IF NOT EXISTS dwd_traffic_page_view_hi
(
    event_id     STRING COMMENT '事件ID'
    ,device_id   STRING COMMENT '设备ID'
    ,user_id     BIGINT COMMENT '用户ID，未登录为空'
    ,session_id  STRING COMMENT '会话ID'
    ,is_entry    BIGINT COMMENT '是否会话的第一个页面：1/0'
    ,channel     STRING COMMENT '渠道'
    ,page_type   STRING COMMENT '页面类型'
    ,page_id     STRING COMMENT '页面ID'
    ,sku_id      BIGINT COMMENT '商品详情页的 SKU ID'
    ,stay_sec    BIGINT COMMENT '停留秒数，最多 1800；本小时内该设备的最后一页为空'
    ,event_time  DATETIME COMMENT '浏览时间'
)
COMMENT '流量域页面浏览明细，小时'
PARTITIONED BY
(
    dt           STRING COMMENT '接收日期，yyyymmdd'
    ,hh          STRING COMMENT '接收小时，00 到 23'
)
LIFECYCLE 180
;

WITH last_view AS
(
    -- 上一小时里每个设备的最后一次浏览
    SELECT  device_id
            ,session_id
            ,event_time
    FROM    (
                SELECT  device_id
                        ,session_id
                        ,event_time
                        ,ROW_NUMBER() OVER (PARTITION BY device_id ORDER BY event_time DESC, event_id DESC) AS rn
                FROM    dwd_traffic_page_view_hi
                WHERE   dt = '${prev_dt}'
                AND     hh = '${prev_hh}'
            ) t
    WHERE   rn = 1
),
page_view AS
(
    SELECT  event_id
            ,device_id
            ,user_id
            ,channel
            ,page_type
            ,page_id
            ,sku_id
            ,event_time
            ,LAG(event_time, 1) OVER (PARTITION BY device_id ORDER BY event_time, event_id)  AS lag_time
            ,LEAD(event_time, 1) OVER (PARTITION BY device_id ORDER BY event_time, event_id) AS lead_time
    FROM    ods_traffic_log_hi
    WHERE   dt = '${dt}'
    AND     hh = '${hh}'
    AND     event_name = 'page_view'
),
flagged AS
(
    SELECT  v.event_id
            ,v.device_id
            ,v.user_id
            ,v.channel
            ,v.page_type
            ,v.page_id
            ,v.sku_id
            ,v.event_time
            ,v.lead_time
            ,l.session_id AS last_session_id
            ,CASE   WHEN COALESCE(v.lag_time, l.event_time) IS NULL THEN 1L
                    WHEN DATEDIFF(v.event_time, COALESCE(v.lag_time, l.event_time), 'ss') >= 1800 THEN 1L
                    ELSE 0L
             END AS is_entry
    FROM    page_view v
    LEFT JOIN last_view l
    ON      v.device_id = l.device_id
),
numbered AS
(
    SELECT  event_id
            ,device_id
            ,user_id
            ,channel
            ,page_type
            ,page_id
            ,sku_id
            ,event_time
            ,lead_time
            ,last_session_id
            ,is_entry
            -- 本小时内第几个新会话，0 为接着上一小时的会话
            ,SUM(is_entry) OVER (PARTITION BY device_id ORDER BY event_time, event_id ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW) AS session_seq
    FROM    flagged
)
INSERT OVERWRITE TABLE dwd_traffic_page_view_hi PARTITION (dt = '${dt}', hh = '${hh}')
SELECT  event_id
        ,device_id
        ,user_id
        ,IF(session_seq = 0, last_session_id, CONCAT(device_id, '_${dt}${hh}_', CAST(session_seq AS STRING))) AS session_id
        ,is_entry
        ,channel
        ,page_type
        ,page_id
        ,sku_id
        ,LEAST(DATEDIFF(lead_time, event_time, 'ss'), 1800L) AS stay_sec
        ,event_time
FROM    numbered
;
