# -*- coding: utf-8 -*-
"""下单与支付对账，不通过时汇总层不再继续。

同日下单并支付的订单：支付成功金额应等于商品行应付合计加运费。
支付明细里带着订单的应付金额（含运费），所以分两步核对：
1. 支付金额 = 订单应付金额，逐单；
2. 商品行应付合计 <= 订单应付金额，逐单（差额是运费，不会为负）。
"""
bizdate = args["bizdate"]
tolerance = float(args["tolerance"])  # 允许的问题订单占比

RECONCILE = """
SELECT  COUNT(*)                                                       AS order_cnt
        ,SUM(IF(ABS(p.pay_amount - p.payable_amount) > 0.01, 1, 0))    AS pay_diff_cnt
        ,SUM(IF(i.item_amount - p.payable_amount > 0.01, 1, 0))        AS item_diff_cnt
FROM    (
            SELECT  order_id
                    ,SUM(pay_amount)     AS pay_amount
                    ,MAX(payable_amount) AS payable_amount
            FROM    dwd_trade_payment_di
            WHERE   dt = '{dt}'
            GROUP BY order_id
        ) p
JOIN    (
            SELECT  order_id
                    ,SUM(pay_amount) AS item_amount
            FROM    dwd_trade_order_item_di
            WHERE   dt = '{dt}'
            GROUP BY order_id
        ) i
ON      p.order_id = i.order_id
"""

with o.execute_sql(RECONCILE.format(dt=bizdate)).open_reader(tunnel=True) as reader:
    result = next(iter(reader))

order_cnt = result["order_cnt"]
pay_diff_cnt = result["pay_diff_cnt"] or 0
item_diff_cnt = result["item_diff_cnt"] or 0
print(
    "业务日期 {}：核对 {} 单，支付金额不符 {} 单，商品行金额不符 {} 单".format(
        bizdate, order_cnt, pay_diff_cnt, item_diff_cnt
    )
)

if order_cnt == 0:
    raise RuntimeError("没有同日下单并支付的订单，上游数据可能不完整")
if (pay_diff_cnt + item_diff_cnt) / order_cnt > tolerance:
    raise RuntimeError("对账不通过，问题订单占比超过 {:.2%}".format(tolerance))
