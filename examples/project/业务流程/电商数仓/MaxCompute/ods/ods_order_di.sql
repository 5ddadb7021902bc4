--@exclude_input=stg_mall_order_log
--********************************************************************--
-- 订单增量
-- 粒度：订单；分区内是当日有过变更的订单，取当日最后一个状态
-- 来源：业务库 t_order 的 binlog，实时同步写入 stg_mall_order_log（不在本仓库维护）
-- 更新：每日覆盖分区，可重跑
--********************************************************************--
SET odps.sql.type.system.odps2=true;

CREATE TABLE IF NOT EXISTS ods_order_di
(
    order_id         BIGINT COMMENT '订单ID'
    ,user_id         BIGINT COMMENT '用户ID'
    ,shop_id         BIGINT COMMENT '店铺ID'
    ,order_status    STRING COMMENT '订单状态：created/paid/shipped/finished/closed'
    ,channel         STRING COMMENT '下单渠道：app/mini/h5/pc'
    ,province        STRING COMMENT '收货省份'
    ,city            STRING COMMENT '收货城市'
    ,origin_amount   DECIMAL(18,2) COMMENT '商品原价合计，元'
    ,discount_amount DECIMAL(18,2) COMMENT '优惠合计，元'
    ,freight_amount  DECIMAL(18,2) COMMENT '运费，元'
    ,payable_amount  DECIMAL(18,2) COMMENT '应付金额，元'
    ,create_time     DATETIME COMMENT '下单时间'
    ,pay_time        DATETIME COMMENT '支付时间'
    ,finish_time     DATETIME COMMENT '完成时间'
    ,update_time     DATETIME COMMENT '业务库更新时间'
)
COMMENT '订单增量'
PARTITIONED BY
(
    dt               STRING COMMENT '业务日期，yyyymmdd'
)
LIFECYCLE 1095 -- 交易明细保留三年，审计要求
;

INSERT OVERWRITE TABLE ods_order_di PARTITION (dt = '${bizdate}')
SELECT  order_id
        ,user_id
        ,shop_id
        ,order_status
        ,channel
        ,province
        ,city
        ,origin_amount
        ,discount_amount
        ,freight_amount
        ,payable_amount
        ,create_time
        ,pay_time
        ,finish_time
        ,update_time
FROM    (
            SELECT  order_id
                    ,user_id
                    ,shop_id
                    ,order_status
                    ,channel
                    ,province
                    ,city
                    ,origin_amount
                    ,discount_amount
                    ,freight_amount
                    ,payable_amount
                    ,create_time
                    ,pay_time
                    ,finish_time
                    ,update_time
                    ,op_type
                    -- 同一毫秒内的多次变更只能靠 binlog 序号分先后
                    ,ROW_NUMBER() OVER (PARTITION BY order_id ORDER BY op_time DESC, binlog_seq DESC) AS rn
            FROM    stg_mall_order_log
            WHERE   dt = '${bizdate}'
        ) t
WHERE   rn = 1
AND     op_type <> 'D'
;
