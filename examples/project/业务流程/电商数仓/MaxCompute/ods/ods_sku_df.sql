--@exclude_input=stg_mall_sku
--********************************************************************--
-- 商品 SKU 全量
-- 粒度：SKU；商品库每晚全量同步到 stg_mall_sku
-- 注意：测试店铺的商品不进数仓
--********************************************************************--
SET odps.sql.type.system.odps2=true;

CREATE TABLE IF NOT EXISTS ods_sku_df
(
    sku_id        BIGINT COMMENT 'SKU ID'
    ,sku_name     STRING COMMENT 'SKU 名称'
    ,spu_id       BIGINT COMMENT 'SPU ID'
    ,brand_id     BIGINT COMMENT '品牌ID'
    ,brand_name   STRING COMMENT '品牌名称'
    ,category_id  BIGINT COMMENT '三级类目ID'
    ,list_price   DECIMAL(18,2) COMMENT '标价，元'
    ,cost_price   DECIMAL(18,2) COMMENT '成本价，元'
    ,sku_status   STRING COMMENT '商品状态：on_sale/off_sale/deleted'
    ,on_sale_time DATETIME COMMENT '最近上架时间'
)
COMMENT '商品 SKU 全量'
PARTITIONED BY
(
    dt            STRING COMMENT '业务日期，yyyymmdd'
)
LIFECYCLE 90
;

INSERT OVERWRITE TABLE ods_sku_df PARTITION (dt = '${bizdate}')
SELECT  sku_id
        ,REGEXP_REPLACE(TRIM(sku_name), '[\\r\\n\\t]+', ' ') AS sku_name
        ,spu_id
        ,brand_id
        ,NVL(brand_name, '无品牌') AS brand_name
        ,category_id
        ,list_price
        ,cost_price
        ,sku_status
        ,on_sale_time
FROM    stg_mall_sku
WHERE   dt = '${bizdate}'
AND     is_test = 0
;
