--@exclude_input=stg_mall_stock
--********************************************************************--
-- 库存日快照
-- 粒度：SKU + 仓库；仓储系统每天 00:00 出一次快照
-- 注意：stg_mall_stock 只保留最近一天，隔天重跑会把分区覆盖成空，
--       所以调度里设为成功后不可重跑
--********************************************************************--
SET odps.sql.type.system.odps2=true;

CREATE TABLE IF NOT EXISTS ods_stock_df
(
    sku_id          BIGINT COMMENT 'SKU ID'
    ,warehouse_id   BIGINT COMMENT '仓库ID'
    ,on_hand_num    BIGINT COMMENT '在库件数'
    ,locked_num     BIGINT COMMENT '已下单未出库的锁定件数'
    ,in_transit_num BIGINT COMMENT '采购在途件数'
)
COMMENT '库存日快照'
PARTITIONED BY
(
    dt              STRING COMMENT '业务日期，yyyymmdd'
)
LIFECYCLE 730 -- 仓储系统不留历史，这里是唯一的历史库存
;

INSERT OVERWRITE TABLE ods_stock_df PARTITION (dt = '${bizdate}')
SELECT  sku_id
        ,warehouse_id
        ,GREATEST(NVL(on_hand_num, 0L), 0L) AS on_hand_num -- 盘点差异会出现负数，按 0 处理
        ,NVL(locked_num, 0L)                AS locked_num
        ,NVL(in_transit_num, 0L)            AS in_transit_num
FROM    stg_mall_stock
WHERE   dt = '${bizdate}'
;
