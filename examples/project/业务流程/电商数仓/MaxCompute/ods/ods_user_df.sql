--@exclude_input=stg_mall_user_log
--@exclude_input=ods_user_df
--********************************************************************--
-- 用户全量
-- 粒度：用户；前一日全量与当日 binlog 合并，主键相同取当日
-- 注意：依赖自己的前一日分区，调度里设置了自依赖；补数据要按日期顺序跑
-- 安全：手机号在同步时已做 MD5，明文不进数仓
--********************************************************************--
SET odps.sql.type.system.odps2=true;

CREATE TABLE IF NOT EXISTS ods_user_df
(
    user_id           BIGINT COMMENT '用户ID'
    ,phone_md5        STRING COMMENT '手机号 MD5'
    ,gender           STRING COMMENT '性别：M/F/U'
    ,birthday         STRING COMMENT '生日，yyyymmdd'
    ,province         STRING COMMENT '常住省份'
    ,city             STRING COMMENT '常住城市'
    ,member_level     STRING COMMENT '会员等级：V0 到 V5'
    ,register_channel STRING COMMENT '注册渠道'
    ,register_time    DATETIME COMMENT '注册时间'
    ,user_status      STRING COMMENT '账号状态：normal/frozen'
    ,update_time      DATETIME COMMENT '业务库更新时间'
)
COMMENT '用户全量'
PARTITIONED BY
(
    dt                STRING COMMENT '业务日期，yyyymmdd'
)
LIFECYCLE 30 -- 每日全量，只留一个月，历史看 dim_user_zip
;

WITH merged AS
(
    SELECT  user_id
            ,phone_md5
            ,gender
            ,birthday
            ,province
            ,city
            ,member_level
            ,register_channel
            ,register_time
            ,user_status
            ,update_time
            ,op_type
            ,1L AS is_delta
            ,binlog_seq
    FROM    stg_mall_user_log
    WHERE   dt = '${bizdate}'
    UNION ALL
    SELECT  user_id
            ,phone_md5
            ,gender
            ,birthday
            ,province
            ,city
            ,member_level
            ,register_channel
            ,register_time
            ,user_status
            ,update_time
            ,'I' AS op_type
            ,0L  AS is_delta
            ,0L  AS binlog_seq
    FROM    ods_user_df
    WHERE   dt = '${last_bizdate}'
)
INSERT OVERWRITE TABLE ods_user_df PARTITION (dt = '${bizdate}')
SELECT  user_id
        ,phone_md5
        ,NVL(gender, 'U')        AS gender
        ,birthday
        ,province
        ,city
        ,NVL(member_level, 'V0') AS member_level
        ,register_channel
        ,register_time
        ,user_status
        ,update_time
FROM    (
            SELECT  user_id
                    ,phone_md5
                    ,gender
                    ,birthday
                    ,province
                    ,city
                    ,member_level
                    ,register_channel
                    ,register_time
                    ,user_status
                    ,update_time
                    ,op_type
                    ,ROW_NUMBER() OVER (PARTITION BY user_id ORDER BY is_delta DESC, binlog_seq DESC) AS rn
            FROM    merged
        ) t
WHERE   rn = 1
AND     op_type <> 'D' -- 注销的用户不再出现在之后的全量里
;
