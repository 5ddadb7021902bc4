--@exclude_input=stg_mall_order_item_log
--********************************************************************--
-- 订单明细增量
-- 粒度：订单商品行；商品行下单后不再改价，但会因拆单产生多条 binlog，按主键去重
-- 来源：业务库 t_order_item 的 binlog（stg_mall_order_item_log）
--********************************************************************--
SET odps.sql.type.system.odps2=true;

CREATE TABLE IF NOT EXISTS ods_order_item_di
(
    item_id          BIGINT COMMENT '订单商品行ID'
    ,order_id        BIGINT COMMENT '订单ID'
    ,sku_id          BIGINT COMMENT 'SKU ID'
    ,sku_num         BIGINT COMMENT '件数'
    ,sku_price       DECIMAL(18,2) COMMENT '下单时单价，元'
    ,coupon_amount   DECIMAL(18,2) COMMENT '分摊的优惠券金额，元'
    ,activity_amount DECIMAL(18,2) COMMENT '分摊的活动优惠金额，元'
    ,create_time     DATETIME COMMENT '创建时间'
)
COMMENT '订单明细增量'
PARTITIONED BY
(
    dt               STRING COMMENT '业务日期，yyyymmdd'
)
LIFECYCLE 1095 -- 与 ods_order_di 一致
;

INSERT OVERWRITE TABLE ods_order_item_di PARTITION (dt = '${bizdate}')
SELECT  item_id
        ,order_id
        ,sku_id
        ,sku_num
        ,sku_price
        ,NVL(coupon_amount, CAST(0 AS DECIMAL(18,2)))   AS coupon_amount
        ,NVL(activity_amount, CAST(0 AS DECIMAL(18,2))) AS activity_amount
        ,create_time
FROM    (
            SELECT  item_id
                    ,order_id
                    ,sku_id
                    ,sku_num
                    ,sku_price
                    ,coupon_amount
                    ,activity_amount
                    ,create_time
                    ,op_type
                    ,ROW_NUMBER() OVER (PARTITION BY item_id ORDER BY op_time DESC, binlog_seq DESC) AS rn
            FROM    stg_mall_order_item_log
            WHERE   dt = '${bizdate}'
        ) t
WHERE   rn = 1
AND     op_type <> 'D'
AND     sku_num > 0 -- 拆单会留下件数为 0 的空行
;
