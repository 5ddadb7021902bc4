--********************************************************************--
-- 库存域商品粒度汇总，最近 1 天
-- 粒度：SKU；各仓合计，带近 7 天和近 30 天销量、可售天数
-- 口径：可售 = 在库 - 锁定；可售天数 = 可售 / 近 30 天日均销量，30 天无销量为空
--********************************************************************--
SET odps.sql.type.system.odps2=true;

CREATE TABLE IF NOT EXISTS dws_stock_sku_1d
(
    sku_id           BIGINT COMMENT 'SKU ID'
    ,sku_name        STRING COMMENT 'SKU 名称'
    ,category1_name  STRING COMMENT '一级类目名称'
    ,sku_status      STRING COMMENT '商品状态'
    ,on_hand_num     BIGINT COMMENT '在库件数'
    ,available_num   BIGINT COMMENT '可售件数'
    ,in_transit_num  BIGINT COMMENT '采购在途件数'
    ,stock_cost      DECIMAL(18,2) COMMENT '在库成本，元'
    ,sale_num_7d     BIGINT COMMENT '近 7 天销量'
    ,sale_num_30d    BIGINT COMMENT '近 30 天销量'
    ,available_days  DECIMAL(18,1) COMMENT '可售天数'
)
COMMENT '库存域商品粒度汇总，最近 1 天'
PARTITIONED BY
(
    dt               STRING COMMENT '业务日期，yyyymmdd'
)
LIFECYCLE 730
;

WITH stock AS
(
    SELECT  sku_id
            ,SUM(on_hand_num)                  AS on_hand_num
            ,SUM(GREATEST(on_hand_num - locked_num, 0L)) AS available_num -- 一个仓超卖不抵扣别的仓
            ,SUM(in_transit_num)               AS in_transit_num
    FROM    ods_stock_df
    WHERE   dt = '${bizdate}'
    GROUP BY sku_id
),
sale AS
(
    SELECT  sku_id
            ,SUM(IF(dt >= '${start_7d}', order_num, 0L)) AS sale_num_7d
            ,SUM(order_num)                              AS sale_num_30d
    FROM    dws_trade_sku_1d
    WHERE   dt >= '${start_30d}'
    AND     dt <= '${bizdate}'
    GROUP BY sku_id
),
sku AS
(
    SELECT  sku_id
            ,sku_name
            ,category1_name
            ,sku_status
            ,cost_price
    FROM    dim_sku_df
    WHERE   dt = '${bizdate}'
)
INSERT OVERWRITE TABLE dws_stock_sku_1d PARTITION (dt = '${bizdate}')
SELECT  k.sku_id
        ,k.sku_name
        ,k.category1_name
        ,k.sku_status
        ,NVL(t.on_hand_num, 0L)    AS on_hand_num
        ,NVL(t.available_num, 0L)  AS available_num
        ,NVL(t.in_transit_num, 0L) AS in_transit_num
        ,CAST(NVL(t.on_hand_num, 0L) * k.cost_price AS DECIMAL(18,2)) AS stock_cost
        ,NVL(s.sale_num_7d, 0L)    AS sale_num_7d
        ,NVL(s.sale_num_30d, 0L)   AS sale_num_30d
        ,CAST(NVL(t.available_num, 0L) * 30 / NULLIF(s.sale_num_30d, 0L) AS DECIMAL(18,1)) AS available_days
FROM    sku k
LEFT JOIN stock t
ON      k.sku_id = t.sku_id
LEFT JOIN sale s
ON      k.sku_id = s.sku_id
WHERE   k.sku_status <> 'deleted'
OR      t.on_hand_num > 0 -- 已删除但还有库存的商品要留着清仓
;
