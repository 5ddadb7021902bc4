--********************************************************************--
-- 热门类目商品榜
-- 粒度：类目 + 名次；只算当日 GMV 前五的一级类目（上游赋值节点给出），每类取前 20
--********************************************************************--
SET odps.sql.type.system.odps2=true;

CREATE TABLE IF NOT EXISTS ads_rpt_category_top_sku_1d
(
    category1_id    BIGINT COMMENT '一级类目ID'
    ,category1_name STRING COMMENT '一级类目名称'
    ,rank_no        BIGINT COMMENT '名次，按金额'
    ,sku_id         BIGINT COMMENT 'SKU ID'
    ,sku_name       STRING COMMENT 'SKU 名称'
    ,brand_name     STRING COMMENT '品牌名称'
    ,order_num      BIGINT COMMENT '下单件数'
    ,order_amount   DECIMAL(18,2) COMMENT '下单应付金额，元'
    ,gross_rate     DECIMAL(18,4) COMMENT '毛利率'
    ,category_share DECIMAL(18,4) COMMENT '占类目金额的比例'
)
COMMENT '热门类目商品榜'
PARTITIONED BY
(
    dt              STRING COMMENT '业务日期，yyyymmdd'
)
LIFECYCLE 365
;

WITH sale AS
(
    SELECT  sku_id
            ,category1_id
            ,category1_name
            ,order_num
            ,order_amount
            ,cost_amount
            ,SUM(order_amount) OVER (PARTITION BY category1_id) AS category_amount
            ,ROW_NUMBER() OVER (PARTITION BY category1_id ORDER BY order_amount DESC, sku_id) AS rank_no
    FROM    dws_trade_sku_1d
    WHERE   dt = '${bizdate}'
    AND     order_amount > 0
    -- 赋值节点第 0 行第 0 列是竖线分隔的类目ID
    AND     INSTR('|${top_category[0][0]}|', CONCAT('|', CAST(category1_id AS STRING), '|')) > 0
),
sku AS
(
    SELECT  sku_id
            ,sku_name
            ,brand_name
    FROM    dim_sku_df
    WHERE   dt = '${bizdate}'
)
INSERT OVERWRITE TABLE ads_rpt_category_top_sku_1d PARTITION (dt = '${bizdate}')
SELECT  s.category1_id
        ,s.category1_name
        ,s.rank_no
        ,s.sku_id
        ,k.sku_name
        ,k.brand_name
        ,s.order_num
        ,s.order_amount
        ,CAST((s.order_amount - s.cost_amount) / s.order_amount AS DECIMAL(18,4)) AS gross_rate
        ,CAST(s.order_amount / s.category_amount AS DECIMAL(18,4)) AS category_share
FROM    sale s
LEFT JOIN sku k
ON      s.sku_id = k.sku_id
WHERE   s.rank_no <= 20
;
