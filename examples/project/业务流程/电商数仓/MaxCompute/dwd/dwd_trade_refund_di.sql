--********************************************************************--
-- 交易域退款成功明细
-- 粒度：退款单；分区为退款到账日期
--********************************************************************--
SET odps.sql.type.system.odps2=true;

CREATE TABLE IF NOT EXISTS dwd_trade_refund_di
(
    refund_id        BIGINT COMMENT '退款单ID'
    ,order_id        BIGINT COMMENT '订单ID'
    ,item_id         BIGINT COMMENT '订单商品行ID'
    ,shop_id         BIGINT COMMENT '店铺ID'
    ,user_id         BIGINT COMMENT '用户ID'
    ,sku_id          BIGINT COMMENT 'SKU ID'
    ,category1_id    BIGINT COMMENT '一级类目ID'
    ,category1_name  STRING COMMENT '一级类目名称'
    ,refund_type     STRING COMMENT '退款类型：only_refund/return_goods'
    ,refund_reason   STRING COMMENT '退款原因'
    ,refund_num      BIGINT COMMENT '退货件数'
    ,refund_amount   DECIMAL(18,2) COMMENT '退款金额，元'
    ,handle_hours    BIGINT COMMENT '申请到到账的小时数'
    ,refund_time     DATETIME COMMENT '退款到账时间'
)
COMMENT '交易域退款成功明细'
PARTITIONED BY
(
    dt               STRING COMMENT '退款到账日期，yyyymmdd'
)
LIFECYCLE 1095
;

INSERT OVERWRITE TABLE dwd_trade_refund_di PARTITION (dt = '${bizdate}')
SELECT  f.refund_id
        ,f.order_id
        ,f.item_id
        ,f.shop_id
        ,f.user_id
        ,f.sku_id
        ,NVL(s.category1_id, -1L)        AS category1_id
        ,NVL(s.category1_name, '未分类') AS category1_name
        ,f.refund_type
        ,f.refund_reason
        ,f.refund_num
        ,f.refund_amount
        ,DATEDIFF(f.success_time, f.apply_time, 'hh') AS handle_hours
        ,f.success_time                  AS refund_time
FROM    (
            SELECT  refund_id
                    ,order_id
                    ,item_id
                    ,shop_id
                    ,user_id
                    ,sku_id
                    ,refund_type
                    ,refund_reason
                    ,refund_num
                    ,refund_amount
                    ,apply_time
                    ,success_time
            FROM    ods_refund_di
            WHERE   dt = '${bizdate}'
            AND     refund_status = 'success'
            AND     TO_CHAR(success_time, 'yyyymmdd') = '${bizdate}'
        ) f
LEFT JOIN (
            SELECT  sku_id
                    ,category1_id
                    ,category1_name
            FROM    dim_sku_df
            WHERE   dt = '${bizdate}'
        ) s
ON      f.sku_id = s.sku_id
;
