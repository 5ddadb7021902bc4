--********************************************************************--
-- 交易域商品粒度汇总，最近 1 天
-- 粒度：SKU；只有退款没有下单的 SKU 也保留一行
--********************************************************************--
SET odps.sql.type.system.odps2=true;

CREATE TABLE IF NOT EXISTS dws_trade_sku_1d
(
    sku_id          BIGINT COMMENT 'SKU ID'
    ,category1_id   BIGINT COMMENT '一级类目ID'
    ,category1_name STRING COMMENT '一级类目名称'
    ,order_cnt      BIGINT COMMENT '下单数'
    ,order_user_cnt BIGINT COMMENT '下单人数'
    ,order_num      BIGINT COMMENT '下单件数'
    ,order_amount   DECIMAL(18,2) COMMENT '下单应付金额，元'
    ,cost_amount    DECIMAL(18,2) COMMENT '成本金额，元'
    ,refund_num     BIGINT COMMENT '退货件数'
    ,refund_amount  DECIMAL(18,2) COMMENT '退款金额，元'
)
COMMENT '交易域商品粒度汇总，最近 1 天'
PARTITIONED BY
(
    dt              STRING COMMENT '业务日期，yyyymmdd'
)
LIFECYCLE 1095
;

WITH sku_order AS
(
    SELECT  sku_id
            ,MAX(category1_id)        AS category1_id
            ,MAX(category1_name)      AS category1_name
            ,COUNT(DISTINCT order_id) AS order_cnt
            ,COUNT(DISTINCT user_id)  AS order_user_cnt
            ,SUM(sku_num)             AS order_num
            ,SUM(pay_amount)          AS order_amount
            ,SUM(cost_amount)         AS cost_amount
    FROM    dwd_trade_order_item_di
    WHERE   dt = '${bizdate}'
    GROUP BY sku_id
),
sku_refund AS
(
    SELECT  sku_id
            ,MAX(category1_id)   AS category1_id
            ,MAX(category1_name) AS category1_name
            ,SUM(refund_num)     AS refund_num
            ,SUM(refund_amount)  AS refund_amount
    FROM    dwd_trade_refund_di
    WHERE   dt = '${bizdate}'
    GROUP BY sku_id
)
INSERT OVERWRITE TABLE dws_trade_sku_1d PARTITION (dt = '${bizdate}')
SELECT  COALESCE(a.sku_id, b.sku_id)                 AS sku_id
        ,COALESCE(a.category1_id, b.category1_id)     AS category1_id
        ,COALESCE(a.category1_name, b.category1_name) AS category1_name
        ,NVL(a.order_cnt, 0L)                         AS order_cnt
        ,NVL(a.order_user_cnt, 0L)                    AS order_user_cnt
        ,NVL(a.order_num, 0L)                         AS order_num
        ,CAST(NVL(a.order_amount, 0) AS DECIMAL(18,2))  AS order_amount
        ,CAST(NVL(a.cost_amount, 0) AS DECIMAL(18,2))   AS cost_amount
        ,NVL(b.refund_num, 0L)                        AS refund_num
        ,CAST(NVL(b.refund_amount, 0) AS DECIMAL(18,2)) AS refund_amount
FROM    sku_order a
FULL OUTER JOIN sku_refund b
ON      a.sku_id = b.sku_id
;
