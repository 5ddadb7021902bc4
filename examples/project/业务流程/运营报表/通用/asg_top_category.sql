-- 当日 GMV 前五的一级类目，一行两列：ID 和名称，都用竖线分隔，按 GMV 从高到低
SELECT  WM_CONCAT('|', CAST(category1_id AS STRING)) WITHIN GROUP (ORDER BY gmv DESC) AS category_ids
        ,WM_CONCAT('|', category1_name) WITHIN GROUP (ORDER BY gmv DESC) AS category_names
FROM    (
            SELECT  category1_id
                    ,category1_name
                    ,SUM(order_amount) AS gmv
            FROM    dws_trade_sku_1d
            WHERE   dt = '${bizdate}'
            AND     category1_id > 0
            GROUP BY category1_id
                     ,category1_name
            ORDER BY gmv DESC
            LIMIT   5
        ) t
;
