--********************************************************************--
-- 交易域下单明细
-- 粒度：订单商品行；分区为下单日期，只含当日新下的订单（之后的状态变化不回刷）
-- 口径：GMV 按下单应付金额计，含未支付
--********************************************************************--
SET odps.sql.type.system.odps2=true;

CREATE TABLE IF NOT EXISTS dwd_trade_order_item_di
(
    item_id          BIGINT COMMENT '订单商品行ID'
    ,order_id        BIGINT COMMENT '订单ID'
    ,user_id         BIGINT COMMENT '用户ID'
    ,member_level    STRING COMMENT '下单当日的会员等级'
    ,shop_id         BIGINT COMMENT '店铺ID'
    ,sku_id          BIGINT COMMENT 'SKU ID'
    ,brand_name      STRING COMMENT '品牌名称'
    ,category1_id    BIGINT COMMENT '一级类目ID'
    ,category1_name  STRING COMMENT '一级类目名称'
    ,category3_name  STRING COMMENT '三级类目名称'
    ,channel         STRING COMMENT '下单渠道'
    ,province        STRING COMMENT '收货省份'
    ,city            STRING COMMENT '收货城市'
    ,sku_num         BIGINT COMMENT '件数'
    ,origin_amount   DECIMAL(18,2) COMMENT '原价金额，元'
    ,coupon_amount   DECIMAL(18,2) COMMENT '分摊优惠券，元'
    ,activity_amount DECIMAL(18,2) COMMENT '分摊活动优惠，元'
    ,pay_amount      DECIMAL(18,2) COMMENT '应付金额，元，不含运费'
    ,cost_amount     DECIMAL(18,2) COMMENT '成本金额，元，按下单当日成本价'
    ,order_time      DATETIME COMMENT '下单时间'
)
COMMENT '交易域下单明细'
PARTITIONED BY
(
    dt               STRING COMMENT '下单日期，yyyymmdd'
)
LIFECYCLE 1095
;

WITH new_order AS
(
    SELECT  order_id
            ,user_id
            ,shop_id
            ,channel
            ,province
            ,city
            ,create_time
    FROM    ods_order_di
    WHERE   dt = '${bizdate}'
    AND     TO_CHAR(create_time, 'yyyymmdd') = '${bizdate}'
),
order_item AS
(
    SELECT  item_id
            ,order_id
            ,sku_id
            ,sku_num
            ,sku_price
            ,coupon_amount
            ,activity_amount
    FROM    ods_order_item_di
    WHERE   dt = '${bizdate}'
),
sku AS
(
    SELECT  sku_id
            ,brand_name
            ,category1_id
            ,category1_name
            ,category3_name
            ,cost_price
    FROM    dim_sku_df
    WHERE   dt = '${bizdate}'
),
buyer AS
(
    SELECT  user_id
            ,member_level
    FROM    dim_user_zip
    WHERE   dt = '${bizdate}'
    AND     start_date <= '${bizdate}'
    AND     end_date >= '${bizdate}'
)
INSERT OVERWRITE TABLE dwd_trade_order_item_di PARTITION (dt = '${bizdate}')
SELECT  i.item_id
        ,i.order_id
        ,r.user_id
        ,NVL(m.member_level, 'V0')        AS member_level
        ,r.shop_id
        ,i.sku_id
        ,NVL(s.brand_name, '无品牌')      AS brand_name
        ,NVL(s.category1_id, -1L)         AS category1_id
        ,NVL(s.category1_name, '未分类')  AS category1_name
        ,NVL(s.category3_name, '未分类')  AS category3_name
        ,NVL(r.channel, 'unknown')        AS channel
        ,NVL(r.province, '未知')          AS province
        ,NVL(r.city, '未知')              AS city
        ,i.sku_num
        ,CAST(i.sku_price * i.sku_num AS DECIMAL(18,2)) AS origin_amount
        ,i.coupon_amount
        ,i.activity_amount
        ,CAST(i.sku_price * i.sku_num - i.coupon_amount - i.activity_amount AS DECIMAL(18,2)) AS pay_amount
        ,CAST(NVL(s.cost_price, CAST(0 AS DECIMAL(18,2))) * i.sku_num AS DECIMAL(18,2)) AS cost_amount
        ,r.create_time                    AS order_time
FROM    order_item i
JOIN    new_order r
ON      i.order_id = r.order_id
LEFT JOIN sku s
ON      i.sku_id = s.sku_id
LEFT JOIN buyer m
ON      r.user_id = m.user_id
;
