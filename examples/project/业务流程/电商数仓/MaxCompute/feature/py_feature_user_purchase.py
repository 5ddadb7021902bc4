# -*- coding: utf-8 -*-
"""购买预测特征：用户近 30 天的交易和浏览特征，供推荐团队训练和打分。

计算下推到 MaxCompute，调度资源组上只拉聚合后的分布；写完后与七天前的分布
比较 PSI，漂移过大时任务失败，下游沿用前一天的特征分区。

o 和 args 由 PyODPS 节点注入。
"""
import math

TABLE = "feature_user_purchase_1d"

bizdate = args["bizdate"]
start_date = args["start_date"]
base_date = args["base_date"]
psi_limit = float(args["psi_limit"])

HINTS = {"odps.sql.type.system.odps2": "true"}

CREATE = """
CREATE TABLE IF NOT EXISTS {table}
(
    user_id          BIGINT COMMENT '用户ID'
    ,member_level    STRING COMMENT '会员等级'
    ,register_days   BIGINT COMMENT '注册天数'
    ,order_cnt_30d   BIGINT COMMENT '近 30 天下单数'
    ,pay_amount_30d  DOUBLE COMMENT '近 30 天支付额，元'
    ,refund_rate_30d DOUBLE COMMENT '近 30 天退款额 / 支付额'
    ,active_days_30d BIGINT COMMENT '近 30 天访问天数'
    ,detail_cnt_30d  BIGINT COMMENT '近 30 天看过的商品次数'
    ,stay_sec_30d    BIGINT COMMENT '近 30 天停留秒数'
)
COMMENT '购买预测特征，近 30 天'
PARTITIONED BY (dt STRING COMMENT '业务日期，yyyymmdd')
LIFECYCLE 180
"""

INSERT = """
INSERT OVERWRITE TABLE {table} PARTITION (dt = '{bizdate}')
SELECT  u.user_id
        ,u.member_level
        ,DATEDIFF(TO_DATE('{bizdate}', 'yyyymmdd'), u.register_time, 'dd') AS register_days
        ,NVL(t.order_cnt, 0L)    AS order_cnt_30d
        ,NVL(t.pay_amount, 0.0D)   AS pay_amount_30d
        ,NVL(t.refund_rate, 0.0D)  AS refund_rate_30d
        ,NVL(v.active_days, 0L)  AS active_days_30d
        ,NVL(v.detail_cnt, 0L)   AS detail_cnt_30d
        ,NVL(v.stay_sec, 0L)     AS stay_sec_30d
FROM    (
            SELECT  user_id
                    ,member_level
                    ,register_time
            FROM    dim_user_zip
            WHERE   dt = '{bizdate}'
            AND     end_date = '99991231'
            AND     user_status = 'normal'
        ) u
LEFT JOIN (
            SELECT  user_id
                    ,SUM(order_cnt)                  AS order_cnt
                    ,CAST(SUM(pay_amount) AS DOUBLE) AS pay_amount
                    ,CAST(SUM(refund_amount) AS DOUBLE) / NULLIF(CAST(SUM(pay_amount) AS DOUBLE), 0.0D) AS refund_rate
            FROM    dws_trade_user_1d
            WHERE   dt >= '{start_date}'
            AND     dt <= '{bizdate}'
            GROUP BY user_id
        ) t
ON      u.user_id = t.user_id
LEFT JOIN (
            SELECT  user_id
                    ,COUNT(DISTINCT dt)  AS active_days
                    ,SUM(detail_sku_cnt) AS detail_cnt
                    ,SUM(stay_sec)       AS stay_sec
            FROM    dws_traffic_device_1d
            WHERE   dt >= '{start_date}'
            AND     dt <= '{bizdate}'
            AND     user_id IS NOT NULL
            GROUP BY user_id
        ) v
ON      u.user_id = v.user_id
WHERE   t.user_id IS NOT NULL
OR      v.user_id IS NOT NULL
"""

# 分桶边界由推荐团队给定，改动前先与他们确认
BUCKETS = {
    "pay_amount_30d": [0, 50, 200, 500, 1000, 5000],
    "active_days_30d": [0, 1, 3, 7, 14],
    "detail_cnt_30d": [0, 5, 20, 50, 200],
}


def distribution(column, edges, dt):
    """返回一列在各个桶里的占比，桶 i 为 (edges[i-1], edges[i]]；没有数据时为 None。"""
    whens = " ".join(
        "WHEN {} <= {} THEN {}".format(column, edge, i) for i, edge in enumerate(edges)
    )
    sql = (
        "SELECT bucket, COUNT(*) AS cnt FROM ("
        "SELECT CASE {whens} ELSE {last} END AS bucket FROM {table} WHERE dt = '{dt}'"
        ") b GROUP BY bucket"
    ).format(whens=whens, last=len(edges), table=TABLE, dt=dt)
    counts = [0] * (len(edges) + 1)
    with o.execute_sql(sql, hints=HINTS).open_reader(tunnel=True) as reader:
        for record in reader:
            counts[record["bucket"]] = record["cnt"]
    total = sum(counts)
    return [c / total for c in counts] if total else None


def psi(actual, expected):
    """群体稳定性指标；0.1 以下稳定，0.25 以上变化明显。"""
    floor = 1e-6  # 空桶不参与对数
    return sum(
        (max(a, floor) - max(e, floor)) * math.log(max(a, floor) / max(e, floor))
        for a, e in zip(actual, expected)
    )


o.execute_sql(CREATE.format(table=TABLE), hints=HINTS)
o.execute_sql(
    INSERT.format(table=TABLE, bizdate=bizdate, start_date=start_date), hints=HINTS
)

drifted = []
for column_name, bucket_edges in BUCKETS.items():
    now = distribution(column_name, bucket_edges, bizdate)
    if now is None:
        raise RuntimeError("特征分区 dt={} 没有数据".format(bizdate))
    before = distribution(column_name, bucket_edges, base_date)
    if before is None:
        print("{}：对比日期 {} 没有数据，跳过".format(column_name, base_date))
        continue
    value = psi(now, before)
    print("{}：PSI {:.4f}".format(column_name, value))
    if value > psi_limit:
        drifted.append(column_name)

if drifted:
    # 留下坏分区会被下游当成最新特征，删掉再失败
    o.get_table(TABLE).delete_partition("dt={}".format(bizdate), if_exists=True)
    raise RuntimeError("特征漂移超过 {}：{}".format(psi_limit, "、".join(drifted)))
