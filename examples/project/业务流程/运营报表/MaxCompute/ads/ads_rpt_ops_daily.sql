--********************************************************************--
-- 经营日报
-- 粒度：指标；竖表，报表平台按 metric_code 取数，加指标只加一行
--********************************************************************--
SET odps.sql.type.system.odps2=true;

CREATE TABLE IF NOT EXISTS ads_rpt_ops_daily
(
    metric_code   STRING COMMENT '指标编码'
    ,metric_name  STRING COMMENT '指标名称'
    ,metric_value STRING COMMENT '指标值，文本'
    ,metric_unit  STRING COMMENT '单位'
)
COMMENT '经营日报'
PARTITIONED BY
(
    dt            STRING COMMENT '业务日期，yyyymmdd'
)
LIFECYCLE 3650
;

@gmv := SELECT  dt
                ,gmv
                ,gmv_dod
                ,gmv_wow
                ,gmv_mtd
                ,net_amount
                ,pay_user_cnt
                ,avg_pay_amount
        FROM    ads_trade_gmv_1d
        WHERE   dt = '${bizdate}'
;

@visit := SELECT  dt
                ,COUNT(DISTINCT device_id) AS uv
                ,SUM(session_cnt)          AS session_cnt
                ,SUM(bounce_cnt)           AS bounce_cnt
        FROM    dws_traffic_device_1d
        WHERE   dt = '${bizdate}'
        GROUP BY dt
;

-- 站外支付（如代付链接）没有访问记录，转化率可能略高
@convert := SELECT  v.uv
                ,CAST(g.pay_user_cnt / NULLIF(v.uv, 0L) AS DECIMAL(18,4))        AS pay_rate
                ,CAST(v.bounce_cnt / NULLIF(v.session_cnt, 0L) AS DECIMAL(18,4)) AS bounce_rate
        FROM    @visit v
        JOIN    @gmv g
        ON      v.dt = g.dt
;

@refund := SELECT  SUM(refund_amount) AS refund_amount
        FROM    ads_trade_refund_1d
        WHERE   dt = '${bizdate}'
;

@province := SELECT  province
                ,ROW_NUMBER() OVER (ORDER BY order_amount DESC, province) AS rn
        FROM    (
                    SELECT  province
                            ,SUM(order_amount) AS order_amount
                    FROM    dws_trade_province_1d
                    WHERE   dt = '${bizdate}'
                    GROUP BY province
                ) t
;

@alert := SELECT  COUNT(*) AS alert_cnt
        FROM    ads_stock_alert_1d
        WHERE   dt = '${bizdate}'
        AND     alert_kind IN ('缺货', '低库存')
;

INSERT OVERWRITE TABLE ads_rpt_ops_daily PARTITION (dt = '${bizdate}')
SELECT 'gmv' AS metric_code, 'GMV' AS metric_name, CAST(gmv AS STRING) AS metric_value, '元' AS metric_unit FROM @gmv
UNION ALL
SELECT 'gmv_dod', 'GMV 日环比', CAST(gmv_dod AS STRING), '比例' FROM @gmv
UNION ALL
SELECT 'gmv_wow', 'GMV 周同比', CAST(gmv_wow AS STRING), '比例' FROM @gmv
UNION ALL
SELECT 'gmv_mtd', 'GMV 月累计', CAST(gmv_mtd AS STRING), '元' FROM @gmv
UNION ALL
SELECT 'net_amount', '净支付额', CAST(net_amount AS STRING), '元' FROM @gmv
UNION ALL
SELECT 'avg_pay_amount', '客单价', CAST(avg_pay_amount AS STRING), '元' FROM @gmv
UNION ALL
SELECT 'uv', '访问设备数', CAST(uv AS STRING), '台' FROM @convert
UNION ALL
SELECT 'pay_rate', '支付转化率', CAST(pay_rate AS STRING), '比例' FROM @convert
UNION ALL
SELECT 'bounce_rate', '跳出率', CAST(bounce_rate AS STRING), '比例' FROM @convert
UNION ALL
SELECT 'refund_amount', '退款额', CAST(refund_amount AS STRING), '元' FROM @refund
UNION ALL
SELECT 'top_province', 'GMV 最高省份', province, '' FROM @province WHERE rn = 1
UNION ALL
SELECT 'stock_alert_cnt', '缺货和低库存商品数', CAST(alert_cnt AS STRING), '个' FROM @alert
;
