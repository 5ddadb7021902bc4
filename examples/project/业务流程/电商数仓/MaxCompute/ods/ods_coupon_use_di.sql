--@exclude_input=stg_mall_coupon_use_log
--********************************************************************--
-- 优惠券领用增量
-- 粒度：用户领到的一张券；当日有变更的券的最后状态
-- 来源：营销库 t_coupon_use 的 binlog（stg_mall_coupon_use_log）
--********************************************************************--
SET odps.sql.type.system.odps2=true;

CREATE TABLE IF NOT EXISTS ods_coupon_use_di
(
    coupon_use_id     BIGINT COMMENT '领用ID'
    ,coupon_id        BIGINT COMMENT '券模板ID'
    ,coupon_name      STRING COMMENT '券名称'
    ,user_id          BIGINT COMMENT '用户ID'
    ,order_id         BIGINT COMMENT '使用的订单ID，未使用为空'
    ,coupon_amount    DECIMAL(18,2) COMMENT '面额，元'
    ,threshold_amount DECIMAL(18,2) COMMENT '使用门槛，元'
    ,use_status       STRING COMMENT '状态：received/locked/used/expired'
    ,receive_time     DATETIME COMMENT '领取时间'
    ,use_time         DATETIME COMMENT '核销时间'
)
COMMENT '优惠券领用增量'
PARTITIONED BY
(
    dt                STRING COMMENT '业务日期，yyyymmdd'
)
LIFECYCLE 730
;

INSERT OVERWRITE TABLE ods_coupon_use_di PARTITION (dt = '${bizdate}')
SELECT  coupon_use_id
        ,coupon_id
        ,coupon_name
        ,user_id
        ,order_id
        ,coupon_amount
        ,threshold_amount
        ,use_status
        ,receive_time
        ,use_time
FROM    (
            SELECT  coupon_use_id
                    ,coupon_id
                    ,coupon_name
                    ,user_id
                    ,order_id
                    ,coupon_amount
                    ,threshold_amount
                    ,use_status
                    ,receive_time
                    ,use_time
                    ,op_type
                    ,ROW_NUMBER() OVER (PARTITION BY coupon_use_id ORDER BY op_time DESC, binlog_seq DESC) AS rn
            FROM    stg_mall_coupon_use_log
            WHERE   dt = '${bizdate}'
        ) t
WHERE   rn = 1
AND     op_type <> 'D'
;
