--********************************************************************--
-- 流量域渠道粒度汇总，最近 1 小时
-- 粒度：渠道；channel = 'all' 为全渠道（UV 去重，不是各渠道相加）
--********************************************************************--
SET odps.sql.type.system.odps2=true;

CREATE TABLE IF NOT EXISTS dws_traffic_channel_1h
(
    channel        STRING COMMENT '渠道，all 为全渠道'
    ,pv            BIGINT COMMENT '浏览次数'
    ,uv            BIGINT COMMENT '访问设备数'
    ,session_cnt   BIGINT COMMENT '新会话数'
    ,detail_uv     BIGINT COMMENT '看过商品详情的设备数'
    ,pay_uv        BIGINT COMMENT '到达支付成功页的设备数'
)
COMMENT '流量域渠道粒度汇总，最近 1 小时'
PARTITIONED BY
(
    dt             STRING COMMENT '日期，yyyymmdd'
    ,hh            STRING COMMENT '小时，00 到 23'
)
LIFECYCLE 400
;

INSERT OVERWRITE TABLE dws_traffic_channel_1h PARTITION (dt = '${dt}', hh = '${hh}')
SELECT  IF(GROUPING(channel) = 1, 'all', channel)                         AS channel
        ,COUNT(*)                                                         AS pv
        ,COUNT(DISTINCT device_id)                                        AS uv
        ,SUM(is_entry)                                                    AS session_cnt
        ,COUNT(DISTINCT IF(page_type = 'detail', device_id, NULL))        AS detail_uv
        ,COUNT(DISTINCT IF(page_type = 'pay_success', device_id, NULL))   AS pay_uv
FROM    dwd_traffic_page_view_hi
WHERE   dt = '${dt}'
AND     hh = '${hh}'
GROUP BY channel
GROUPING SETS ((channel), ())
;
