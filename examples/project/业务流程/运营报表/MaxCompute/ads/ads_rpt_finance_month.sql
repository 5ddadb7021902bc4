--********************************************************************--
-- 财务月报，写两张表
--   ads_rpt_finance_month          店铺结算：支付、退款、佣金、应结
--   ads_rpt_finance_month_channel  支付渠道：支付额和手续费
-- 分区为月份；每月 1 日出上月，财务对账后如有调整，重跑即可
-- 佣金和手续费的比例以合同为准，改动要财务书面确认
--********************************************************************--
SET odps.sql.type.system.odps2=true;

CREATE TABLE IF NOT EXISTS ads_rpt_finance_month
(
    shop_id        BIGINT COMMENT '店铺ID，-1 为订单信息缺失'
    ,pay_cnt       BIGINT COMMENT '支付成功笔数'
    ,pay_amount    DECIMAL(18,2) COMMENT '支付额，元'
    ,refund_cnt    BIGINT COMMENT '退款成功笔数'
    ,refund_amount DECIMAL(18,2) COMMENT '退款额，元'
    ,commission    DECIMAL(18,2) COMMENT '平台佣金，元：净额的 5%，净额为负时不收'
    ,settle_amount DECIMAL(18,2) COMMENT '应结金额，元：净额 - 佣金'
)
COMMENT '财务月报：店铺结算'
PARTITIONED BY
(
    ds_month       STRING COMMENT '月份，yyyymm'
)
LIFECYCLE 3650 -- 会计档案保存十年
;

CREATE TABLE IF NOT EXISTS ads_rpt_finance_month_channel
(
    pay_channel  STRING COMMENT '支付渠道'
    ,pay_cnt     BIGINT COMMENT '支付成功笔数'
    ,pay_amount  DECIMAL(18,2) COMMENT '支付额，元'
    ,fee_amount  DECIMAL(18,2) COMMENT '渠道手续费，元'
    ,pay_share   DECIMAL(18,4) COMMENT '占全部支付额的比例'
)
COMMENT '财务月报：支付渠道'
PARTITIONED BY
(
    ds_month     STRING COMMENT '月份，yyyymm'
)
LIFECYCLE 3650
;

-- 没有 31 日的月份也成立：dt 是文本，比较不越过下一月
@pay := SELECT  NVL(shop_id, -1L) AS shop_id
                ,pay_channel
                ,pay_amount
        FROM    dwd_trade_payment_di
        WHERE   dt >= '${month}01'
        AND     dt <= '${month}31'
;

@refund := SELECT  NVL(shop_id, -1L)    AS shop_id
                ,COUNT(*)               AS refund_cnt
                ,SUM(refund_amount)     AS refund_amount
        FROM    dwd_trade_refund_di
        WHERE   dt >= '${month}01'
        AND     dt <= '${month}31'
        GROUP BY NVL(shop_id, -1L)
;

@shop_pay := SELECT  shop_id
                ,COUNT(*)        AS pay_cnt
                ,SUM(pay_amount) AS pay_amount
        FROM    @pay
        GROUP BY shop_id
;

-- 只有退款、没有支付的店铺也要结算
@shop := SELECT  COALESCE(p.shop_id, f.shop_id) AS shop_id
                ,NVL(p.pay_cnt, 0L)             AS pay_cnt
                ,CAST(NVL(p.pay_amount, 0) AS DECIMAL(18,2))    AS pay_amount
                ,NVL(f.refund_cnt, 0L)          AS refund_cnt
                ,CAST(NVL(f.refund_amount, 0) AS DECIMAL(18,2)) AS refund_amount
        FROM    @shop_pay p
        FULL OUTER JOIN @refund f
        ON      p.shop_id = f.shop_id
;

@settle := SELECT  shop_id
                ,pay_cnt
                ,pay_amount
                ,refund_cnt
                ,refund_amount
                ,CAST(IF(pay_amount > refund_amount, (pay_amount - refund_amount) * 0.05BD, 0.0BD) AS DECIMAL(18,2)) AS commission
        FROM    @shop
;

INSERT OVERWRITE TABLE ads_rpt_finance_month PARTITION (ds_month = '${month}')
SELECT  shop_id
        ,pay_cnt
        ,pay_amount
        ,refund_cnt
        ,refund_amount
        ,commission
        ,CAST(pay_amount - refund_amount - commission AS DECIMAL(18,2)) AS settle_amount
FROM    @settle
;

@channel := SELECT  pay_channel
                ,COUNT(*)        AS pay_cnt
                ,SUM(pay_amount) AS pay_amount
        FROM    @pay
        GROUP BY pay_channel
;

INSERT OVERWRITE TABLE ads_rpt_finance_month_channel PARTITION (ds_month = '${month}')
SELECT  pay_channel
        ,pay_cnt
        ,CAST(pay_amount AS DECIMAL(18,2)) AS pay_amount
        ,CAST(pay_amount * CASE pay_channel
                                WHEN 'alipay' THEN 0.006BD
                                WHEN 'wechat' THEN 0.006BD
                                WHEN 'unionpay' THEN 0.005BD
                                ELSE 0.0BD -- 余额支付没有渠道手续费
                           END AS DECIMAL(18,2)) AS fee_amount
        ,CAST(pay_amount / NULLIF(SUM(pay_amount) OVER (PARTITION BY 1), 0) AS DECIMAL(18,4)) AS pay_share
FROM    @channel
;
