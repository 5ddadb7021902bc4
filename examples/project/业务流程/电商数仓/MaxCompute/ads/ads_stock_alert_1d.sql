--********************************************************************--
-- 库存预警
-- 粒度：有预警的 SKU；采购和运营每天早上按 priority 处理
-- 规则：缺货 可售为 0 且近 7 天有销量；低库存 可售不足 7 天；
--       滞销 近 30 天无销量且在库超过 100 件；积压 可售超过 180 天
--********************************************************************--
SET odps.sql.type.system.odps2=true;

CREATE TABLE IF NOT EXISTS ads_stock_alert_1d
(
    sku_id          BIGINT COMMENT 'SKU ID'
    ,sku_name       STRING COMMENT 'SKU 名称'
    ,category1_name STRING COMMENT '一级类目名称'
    ,alert_kind     STRING COMMENT '预警类型：缺货/低库存/滞销/积压'
    ,available_num  BIGINT COMMENT '可售件数'
    ,in_transit_num BIGINT COMMENT '采购在途件数'
    ,sale_num_7d    BIGINT COMMENT '近 7 天销量'
    ,available_days DECIMAL(18,1) COMMENT '可售天数'
    ,stock_cost     DECIMAL(18,2) COMMENT '在库成本，元'
    ,priority       BIGINT COMMENT '同类预警里的优先级，1 最先处理'
)
COMMENT '库存预警'
PARTITIONED BY
(
    dt              STRING COMMENT '业务日期，yyyymmdd'
)
LIFECYCLE 365
;

WITH alert AS
(
    SELECT  sku_id
            ,sku_name
            ,category1_name
            ,CASE   WHEN available_num = 0 AND sale_num_7d > 0 THEN '缺货'
                    WHEN available_days < 7 AND sku_status = 'on_sale' THEN '低库存'
                    WHEN sale_num_30d = 0 AND on_hand_num > 100 THEN '滞销'
                    WHEN available_days > 180 THEN '积压'
             END AS alert_kind
            ,available_num
            ,in_transit_num
            ,sale_num_7d
            ,available_days
            ,stock_cost
    FROM    dws_stock_sku_1d
    WHERE   dt = '${bizdate}'
)
INSERT OVERWRITE TABLE ads_stock_alert_1d PARTITION (dt = '${bizdate}')
SELECT  sku_id
        ,sku_name
        ,category1_name
        ,alert_kind
        ,available_num
        ,in_transit_num
        ,sale_num_7d
        ,available_days
        ,stock_cost
        -- 缺货和低库存先看卖得快的，滞销和积压先看压钱多的
        ,ROW_NUMBER() OVER (
            PARTITION BY alert_kind
            ORDER BY IF(alert_kind IN ('缺货', '低库存'), sale_num_7d, 0L) DESC, stock_cost DESC, sku_id
        ) AS priority
FROM    alert
WHERE   alert_kind IS NOT NULL
;
