--@exclude_input=stg_mall_category
--********************************************************************--
-- 商品类目全量
-- 粒度：类目；三级树，父节点在同一张表里
--********************************************************************--
SET odps.sql.type.system.odps2=true;

CREATE TABLE IF NOT EXISTS ods_category_df
(
    category_id     BIGINT COMMENT '类目ID'
    ,category_name  STRING COMMENT '类目名称'
    ,parent_id      BIGINT COMMENT '父类目ID，一级类目为 0'
    ,category_level BIGINT COMMENT '层级：1/2/3'
)
COMMENT '商品类目全量'
PARTITIONED BY
(
    dt              STRING COMMENT '业务日期，yyyymmdd'
)
LIFECYCLE 90
;

INSERT OVERWRITE TABLE ods_category_df PARTITION (dt = '${bizdate}')
SELECT  category_id
        ,TRIM(category_name)  AS category_name
        ,NVL(parent_id, 0L)   AS parent_id
        ,category_level
FROM    stg_mall_category
WHERE   dt = '${bizdate}'
AND     is_valid = 1
;
