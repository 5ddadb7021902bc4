--@exclude_input=stg_mall_refund_log
--********************************************************************--
-- 退款单增量
-- 粒度：退款单（对应一个订单商品行）；当日有变更的退款单的最后状态
-- 来源：售后库 t_refund 的 binlog（stg_mall_refund_log）
--********************************************************************--
SET odps.sql.type.system.odps2=true;

CREATE TABLE IF NOT EXISTS ods_refund_di
(
    refund_id      BIGINT COMMENT '退款单ID'
    ,order_id      BIGINT COMMENT '订单ID'
    ,item_id       BIGINT COMMENT '订单商品行ID'
    ,shop_id       BIGINT COMMENT '店铺ID'
    ,user_id       BIGINT COMMENT '用户ID'
    ,sku_id        BIGINT COMMENT 'SKU ID'
    ,refund_type   STRING COMMENT '退款类型：only_refund/return_goods'
    ,refund_reason STRING COMMENT '退款原因，用户填写或客服归类'
    ,refund_num    BIGINT COMMENT '退货件数，仅退款时为 0'
    ,refund_amount DECIMAL(18,2) COMMENT '退款金额，元'
    ,refund_status STRING COMMENT '退款状态：applied/approved/success/rejected'
    ,apply_time    DATETIME COMMENT '申请时间'
    ,success_time  DATETIME COMMENT '退款到账时间'
)
COMMENT '退款单增量'
PARTITIONED BY
(
    dt             STRING COMMENT '业务日期，yyyymmdd'
)
LIFECYCLE 1095 -- 与 ods_order_di 一致
;

INSERT OVERWRITE TABLE ods_refund_di PARTITION (dt = '${bizdate}')
SELECT  refund_id
        ,order_id
        ,item_id
        ,shop_id
        ,user_id
        ,sku_id
        ,refund_type
        ,NVL(NULLIF(TRIM(refund_reason), ''), '未填写') AS refund_reason
        ,IF(refund_type = 'return_goods', refund_num, 0L) AS refund_num
        ,refund_amount
        ,refund_status
        ,apply_time
        ,success_time
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
                    ,refund_status
                    ,apply_time
                    ,success_time
                    ,op_type
                    ,ROW_NUMBER() OVER (PARTITION BY refund_id ORDER BY op_time DESC, binlog_seq DESC) AS rn
            FROM    stg_mall_refund_log
            WHERE   dt = '${bizdate}'
        ) t
WHERE   rn = 1
AND     op_type <> 'D'
;
