--********************************************************************--
-- 流量域设备粒度汇总，最近 1 天
-- 粒度：设备 + 渠道；各步骤的首次时间供漏斗使用
--********************************************************************--
SET odps.sql.type.system.odps2=true;

CREATE TABLE IF NOT EXISTS dws_traffic_device_1d
(
    device_id            STRING COMMENT '设备ID'
    ,channel             STRING COMMENT '渠道'
    ,user_id             BIGINT COMMENT '当日最后登录的用户ID，未登录为空'
    ,pv                  BIGINT COMMENT '浏览次数'
    ,session_cnt         BIGINT COMMENT '会话数'
    ,bounce_cnt          BIGINT COMMENT '只看了一页的会话数'
    ,stay_sec            BIGINT COMMENT '停留秒数'
    ,detail_sku_cnt      BIGINT COMMENT '看过的商品数'
    ,first_detail_time   DATETIME COMMENT '首次看商品详情的时间'
    ,first_cart_time     DATETIME COMMENT '首次进购物车的时间'
    ,first_checkout_time DATETIME COMMENT '首次进结算页的时间'
    ,first_pay_time      DATETIME COMMENT '首次支付成功的时间'
)
COMMENT '流量域设备粒度汇总，最近 1 天'
PARTITIONED BY
(
    dt                   STRING COMMENT '业务日期，yyyymmdd'
)
LIFECYCLE 400 -- 留足一年加一个月，做同比
;

WITH page_view AS
(
    SELECT  device_id
            ,channel
            ,user_id
            ,session_id
            ,page_type
            ,sku_id
            ,stay_sec
            ,event_time
            ,COUNT(*) OVER (PARTITION BY session_id) AS session_pv
            -- 登录过的记录排前面，再取时间最晚的
            ,ROW_NUMBER() OVER (PARTITION BY device_id, channel ORDER BY IF(user_id IS NULL, 1, 0), event_time DESC) AS login_rn
    FROM    dwd_traffic_page_view_hi
    WHERE   dt = '${bizdate}'
)
INSERT OVERWRITE TABLE dws_traffic_device_1d PARTITION (dt = '${bizdate}')
SELECT  device_id
        ,channel
        ,MAX(IF(login_rn = 1, user_id, NULL))                             AS user_id
        ,COUNT(*)                                                         AS pv
        ,COUNT(DISTINCT session_id)                                       AS session_cnt
        ,COUNT(DISTINCT IF(session_pv = 1, session_id, NULL))             AS bounce_cnt
        ,SUM(NVL(stay_sec, 0L))                                           AS stay_sec
        ,COUNT(DISTINCT IF(page_type = 'detail', sku_id, NULL))           AS detail_sku_cnt
        ,MIN(IF(page_type = 'detail', event_time, NULL))                  AS first_detail_time
        ,MIN(IF(page_type = 'cart', event_time, NULL))                    AS first_cart_time
        ,MIN(IF(page_type = 'checkout', event_time, NULL))                AS first_checkout_time
        ,MIN(IF(page_type = 'pay_success', event_time, NULL))             AS first_pay_time
FROM    page_view
GROUP BY device_id
         ,channel
;
