#!/bin/bash
# 埋点原始文件周归档：把上上周的落地文件转存为归档存储，核对文件数一致后再删除落地文件。
# 参数（见调度配置）：$1 起始日期，$2 结束日期，yyyymmdd，含两端
set -euo pipefail

start_date="$1"
end_date="$2"

ossutil="/home/admin/usertools/tools/ossutil64"
landing="oss://mall-dw-archive-dev/landing/app_event"
archive="oss://mall-dw-archive-dev/archive/app_event"

count_objects() {
    # ls -s 每行一个对象，最后一行是汇总；没有对象时 grep 返回 1，不算失败
    "${ossutil}" ls "$1" -s | grep -c '^oss://' || true
}

day="${start_date}"
while [ "${day}" -le "${end_date}" ]; do
    src="${landing}/dt=${day}/"
    dst="${archive}/dt=${day}/"

    src_count=$(count_objects "${src}")
    if [ "${src_count}" -eq 0 ]; then
        echo "[skip] ${src} 没有文件，可能已归档"
    else
        # -u：目标已是最新的对象跳过，中断后可直接重跑
        "${ossutil}" cp "${src}" "${dst}" -r -u --meta X-Oss-Storage-Class:Archive
        dst_count=$(count_objects "${dst}")
        if [ "${dst_count}" -lt "${src_count}" ]; then
            echo "[error] dt=${day} 落地 ${src_count} 个，归档 ${dst_count} 个，不删除落地文件" >&2
            exit 1
        fi
        "${ossutil}" rm "${src}" -r -f
        echo "[done] dt=${day} 归档 ${src_count} 个文件"
    fi
    day=$(date -d "${day} +1 day" +%Y%m%d)
done
