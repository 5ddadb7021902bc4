# -*- coding: utf-8 -*-
"""交易域 ODS 质量检查，不通过时任务失败，明细层不再继续。

每张表检查三件事：
1. 行数与前七天均值相比，偏离不超过阈值；
2. 主键不重复；
3. 关键列的空值率不超过阈值。

o 和 args 由 PyODPS 节点注入；bizdate 见调度配置。
"""
from datetime import datetime, timedelta

# 表名、主键、关键列
CHECKS = [
    ("ods_order_di", "order_id", ["user_id", "payable_amount"]),
    ("ods_order_item_di", "item_id", ["order_id", "sku_id"]),
    ("ods_payment_di", "payment_id", ["order_id", "pay_amount"]),
    ("ods_refund_di", "refund_id", ["order_id", "refund_amount"]),
]
MAX_NULL_RATE = 0.001

bizdate = args["bizdate"]
max_deviation = float(args["max_deviation"])


def days_before(day, n):
    """yyyymmdd 的 n 天前，yyyymmdd。"""
    return (datetime.strptime(day, "%Y%m%d") - timedelta(days=n)).strftime("%Y%m%d")


def query_one(sql):
    """执行一条只返回一行的查询，返回这一行各列的值。"""
    with o.execute_sql(sql).open_reader(tunnel=True) as reader:
        for record in reader:
            return list(record.values)
    raise RuntimeError("查询没有返回结果：" + sql)


def check(table, key, columns):
    """返回这张表的问题列表，没有问题时为空。"""
    problems = []
    null_counts = ", ".join(
        "SUM(IF({0} IS NULL, 1, 0)) AS {0}_nulls".format(c) for c in columns
    )
    row = query_one(
        "SELECT COUNT(*) AS total, COUNT(DISTINCT {key}) AS uniq, {nulls} "
        "FROM {table} WHERE dt = '{dt}'".format(
            key=key, nulls=null_counts, table=table, dt=bizdate
        )
    )
    total, uniq, nulls = row[0], row[1], row[2:]
    if total == 0:
        return ["分区 dt={} 没有数据".format(bizdate)]
    if uniq != total:
        problems.append("主键 {} 重复：{} 行，去重后 {}".format(key, total, uniq))
    for column, count in zip(columns, nulls):
        if count / total > MAX_NULL_RATE:
            problems.append("列 {} 空值率 {:.4%}".format(column, count / total))

    history_total, history_days = query_one(
        "SELECT COUNT(*) AS total, COUNT(DISTINCT dt) AS days "
        "FROM {table} WHERE dt >= '{start}' AND dt <= '{end}'".format(
            table=table, start=days_before(bizdate, 7), end=days_before(bizdate, 1)
        )
    )
    if history_days == 7:  # 新表不足七天时不比较
        average = history_total / history_days
        deviation = abs(total - average) / average
        if deviation > max_deviation:
            problems.append(
                "行数 {}，前七天均值 {:.0f}，偏离 {:.1%}".format(total, average, deviation)
            )
    return problems


failed = False
for table_name, key_column, key_columns in CHECKS:
    found = check(table_name, key_column, key_columns)
    print("[{}] {}".format("FAIL" if found else "OK", table_name))
    for problem in found:
        failed = True
        print("    " + problem)

if failed:
    raise RuntimeError("交易域 ODS 质量检查不通过，业务日期 {}".format(bizdate))
