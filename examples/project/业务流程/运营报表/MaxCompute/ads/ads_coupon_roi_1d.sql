--********************************************************************--
-- 优惠券投入产出
-- 粒度：券模板；老客 = 核销日之前 90 天内有过支付的用户
-- 口径：ROI = 带动的订单应付额 / 券面额合计；一单用多张券时应付额按面额分摊
--********************************************************************--
SET odps.sql.type.system.odps2=true;

CREATE TABLE IF NOT EXISTS ads_coupon_roi_1d
(
    coupon_id       BIGINT COMMENT '券模板ID'
    ,coupon_name    STRING COMMENT '券名称'
    ,use_cnt        BIGINT COMMENT '核销张数'
    ,use_user_cnt   BIGINT COMMENT '核销人数'
    ,new_user_cnt   BIGINT COMMENT '其中新客人数'
    ,coupon_amount  DECIMAL(18,2) COMMENT '券面额合计，元'
    ,order_amount   DECIMAL(18,2) COMMENT '带动的订单应付额，元'
    ,roi            DECIMAL(18,2) COMMENT '投入产出比'
    ,cost_share     DECIMAL(18,4) COMMENT '占当日券成本的比例'
    ,avg_hold_days  DECIMAL(18,1) COMMENT '领取到核销的平均天数'
)
COMMENT '优惠券投入产出'
PARTITIONED BY
(
    dt              STRING COMMENT '业务日期，yyyymmdd'
)
LIFECYCLE 730
;

WITH coupon_use AS
(
    SELECT  coupon_id
            ,coupon_name
            ,user_id
            ,coupon_amount
            ,hold_days
            ,payable_amount * coupon_amount / NULLIF(SUM(coupon_amount) OVER (PARTITION BY order_id), 0) AS order_amount
    FROM    dwd_coupon_use_di
    WHERE   dt = '${bizdate}'
),
old_user AS
(
    SELECT  user_id
    FROM    dws_trade_user_1d
    WHERE   dt >= '${start_date}'
    AND     dt < '${bizdate}'
    AND     pay_cnt > 0
    GROUP BY user_id
),
coupon AS
(
    SELECT  c.coupon_id
            ,MAX(c.coupon_name)                                       AS coupon_name
            ,COUNT(*)                                                 AS use_cnt
            ,COUNT(DISTINCT c.user_id)                                AS use_user_cnt
            ,COUNT(DISTINCT IF(o.user_id IS NULL, c.user_id, NULL))   AS new_user_cnt
            ,SUM(c.coupon_amount)                                     AS coupon_amount
            ,SUM(c.order_amount)                                      AS order_amount
            ,AVG(c.hold_days)                                         AS avg_hold_days
    FROM    coupon_use c
    LEFT JOIN old_user o
    ON      c.user_id = o.user_id
    GROUP BY c.coupon_id
)
INSERT OVERWRITE TABLE ads_coupon_roi_1d PARTITION (dt = '${bizdate}')
SELECT  coupon_id
        ,coupon_name
        ,use_cnt
        ,use_user_cnt
        ,new_user_cnt
        ,CAST(coupon_amount AS DECIMAL(18,2)) AS coupon_amount
        ,CAST(order_amount AS DECIMAL(18,2))  AS order_amount
        ,CAST(order_amount / NULLIF(coupon_amount, 0) AS DECIMAL(18,2)) AS roi
        ,CAST(coupon_amount / NULLIF(SUM(coupon_amount) OVER (PARTITION BY 1), 0) AS DECIMAL(18,4)) AS cost_share
        ,CAST(avg_hold_days AS DECIMAL(18,1)) AS avg_hold_days
FROM    coupon
;
