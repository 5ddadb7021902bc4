#!/bin/bash
# 日报出数通知：发到运营群，带上当日热门类目。
# 参数（见调度配置）：$1 业务日期，yyyymmdd
# 上下文参数：top_category 来自 asg_top_category，运行前由调度替换成文本
set -euo pipefail

bizdate="$1"
category_names='${top_category[0][1]}' # 单引号：替换进来的文本不再被 shell 展开

gateway="http://notify.mall.internal/api/v1/messages"
report_date=$(date -d "${bizdate}" +%Y-%m-%d)
names=$(echo "${category_names}" | sed 's/|/、/g')

payload=$(cat <<JSON
{
  "channel": "ops-daily-report",
  "title": "经营日报 ${report_date}",
  "text": "经营日报已出数。热门类目：${names}",
  "dedupKey": "ops-daily-report-${bizdate}"
}
JSON
)

# 网关按 dedupKey 去重，重试不会重复发
curl --silent --show-error --fail \
    --max-time 10 --retry 3 --retry-delay 5 \
    --header 'Content-Type: application/json; charset=utf-8' \
    --data "${payload}" \
    "${gateway}"
echo
echo "[done] 已通知 ${report_date}"
