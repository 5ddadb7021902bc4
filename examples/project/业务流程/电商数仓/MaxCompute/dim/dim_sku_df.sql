--********************************************************************--
-- 商品维表
-- 粒度：SKU；把三级类目树展开成三列，明细层只关联这一张
--********************************************************************--
SET odps.sql.type.system.odps2=true;

CREATE TABLE IF NOT EXISTS dim_sku_df
(
    sku_id          BIGINT COMMENT 'SKU ID'
    ,sku_name       STRING COMMENT 'SKU 名称'
    ,spu_id         BIGINT COMMENT 'SPU ID'
    ,brand_id       BIGINT COMMENT '品牌ID'
    ,brand_name     STRING COMMENT '品牌名称'
    ,category1_id   BIGINT COMMENT '一级类目ID'
    ,category1_name STRING COMMENT '一级类目名称'
    ,category2_id   BIGINT COMMENT '二级类目ID'
    ,category2_name STRING COMMENT '二级类目名称'
    ,category3_id   BIGINT COMMENT '三级类目ID'
    ,category3_name STRING COMMENT '三级类目名称'
    ,list_price     DECIMAL(18,2) COMMENT '标价，元'
    ,cost_price     DECIMAL(18,2) COMMENT '成本价，元'
    ,sku_status     STRING COMMENT '商品状态：on_sale/off_sale/deleted'
)
COMMENT '商品维表'
PARTITIONED BY
(
    dt              STRING COMMENT '业务日期，yyyymmdd'
)
LIFECYCLE 365
;

WITH category AS
(
    SELECT  category_id
            ,category_name
            ,parent_id
            ,category_level
    FROM    ods_category_df
    WHERE   dt = '${bizdate}'
),
category_tree AS
(
    -- 三级类目的整条路径；上级被停用时留空，由下面的 NVL 归到“未分类”
    SELECT  c3.category_id    AS category3_id
            ,c3.category_name AS category3_name
            ,c2.category_id   AS category2_id
            ,c2.category_name AS category2_name
            ,c1.category_id   AS category1_id
            ,c1.category_name AS category1_name
    FROM    category c3
    LEFT JOIN category c2
    ON      c3.parent_id = c2.category_id
    LEFT JOIN category c1
    ON      c2.parent_id = c1.category_id
    WHERE   c3.category_level = 3
)
INSERT OVERWRITE TABLE dim_sku_df PARTITION (dt = '${bizdate}')
SELECT  /*+ MAPJOIN(t) */
        s.sku_id
        ,s.sku_name
        ,s.spu_id
        ,s.brand_id
        ,s.brand_name
        ,NVL(t.category1_id, -1L)        AS category1_id
        ,NVL(t.category1_name, '未分类') AS category1_name
        ,NVL(t.category2_id, -1L)        AS category2_id
        ,NVL(t.category2_name, '未分类') AS category2_name
        ,NVL(t.category3_id, -1L)        AS category3_id
        ,NVL(t.category3_name, '未分类') AS category3_name
        ,s.list_price
        ,s.cost_price
        ,s.sku_status
FROM    (
            SELECT  sku_id
                    ,sku_name
                    ,spu_id
                    ,brand_id
                    ,brand_name
                    ,category_id
                    ,list_price
                    ,cost_price
                    ,sku_status
            FROM    ods_sku_df
            WHERE   dt = '${bizdate}'
        ) s
LEFT JOIN category_tree t
ON      s.category_id = t.category3_id
;
