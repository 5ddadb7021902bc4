--@exclude_input=stg_app_event_log
--********************************************************************--
-- 埋点日志，小时
-- 粒度：事件；按网关接收时间分区，同一事件重复上报只留一条
-- 来源：日志服务投递到 stg_app_event_log，一行一个 JSON（不在本仓库维护）
-- 注意：客户端断网会补传，event_time 可能早于分区小时，最多早 24 小时
--********************************************************************--
SET odps.sql.type.system.odps2=true;

CREATE TABLE IF NOT EXISTS ods_traffic_log_hi
(
    event_id     STRING COMMENT '事件ID，客户端生成'
    ,event_name  STRING COMMENT '事件名：page_view/click/expose'
    ,device_id   STRING COMMENT '设备ID'
    ,user_id     BIGINT COMMENT '用户ID，未登录为空'
    ,channel     STRING COMMENT '渠道：app/mini/h5/pc'
    ,page_type   STRING COMMENT '页面类型：home/list/detail/cart/checkout/pay_success/other'
    ,page_id     STRING COMMENT '页面ID'
    ,sku_id      BIGINT COMMENT '商品详情页的 SKU ID'
    ,app_version STRING COMMENT '客户端版本'
    ,event_time  DATETIME COMMENT '客户端事件时间'
    ,etl_batch   STRING COMMENT '加工批次，yyyymmddhh'
)
COMMENT '埋点日志，小时'
PARTITIONED BY
(
    dt           STRING COMMENT '接收日期，yyyymmdd'
    ,hh          STRING COMMENT '接收小时，00 到 23'
)
LIFECYCLE 90 -- 更早的看 OSS 归档（sh_archive_event_log）
;

WITH parsed AS
(
    SELECT  GET_JSON_OBJECT(log_line, '$.event_id')                    AS event_id
            ,GET_JSON_OBJECT(log_line, '$.event')                      AS event_name
            ,GET_JSON_OBJECT(log_line, '$.device.id')                  AS device_id
            ,CAST(GET_JSON_OBJECT(log_line, '$.user_id') AS BIGINT)    AS user_id
            ,NVL(GET_JSON_OBJECT(log_line, '$.channel'), 'unknown')    AS channel
            ,NVL(GET_JSON_OBJECT(log_line, '$.page.type'), 'other')    AS page_type
            ,GET_JSON_OBJECT(log_line, '$.page.id')                    AS page_id
            ,CAST(GET_JSON_OBJECT(log_line, '$.props.sku_id') AS BIGINT) AS sku_id
            ,GET_JSON_OBJECT(log_line, '$.device.app_version')         AS app_version
            ,CAST(GET_JSON_OBJECT(log_line, '$.ts') AS BIGINT)         AS event_ms
            ,receive_time
    FROM    stg_app_event_log
    WHERE   dt = '${dt}'
    AND     hh = '${hh}'
)
INSERT OVERWRITE TABLE ods_traffic_log_hi PARTITION (dt = '${dt}', hh = '${hh}')
SELECT  event_id
        ,event_name
        ,device_id
        ,user_id
        ,channel
        ,page_type
        ,page_id
        ,sku_id
        ,app_version
        ,FROM_UNIXTIME(CAST(event_ms / 1000 AS BIGINT)) AS event_time
        ,'${batch}' AS etl_batch
FROM    (
            SELECT  event_id
                    ,event_name
                    ,device_id
                    ,user_id
                    ,channel
                    ,page_type
                    ,page_id
                    ,sku_id
                    ,app_version
                    ,event_ms
                    ,ROW_NUMBER() OVER (PARTITION BY event_id ORDER BY receive_time) AS rn
            FROM    parsed
            WHERE   event_id IS NOT NULL
            AND     device_id IS NOT NULL
            AND     event_ms IS NOT NULL
        ) t
WHERE   rn = 1
;
