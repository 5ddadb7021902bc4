--@exclude_input=dim_user_zip
--********************************************************************--
-- 用户拉链维表（缓慢变化维，类型 2）
-- 粒度：用户 + 版本；start_date 与 end_date 都含当天，end_date = 99991231 为当前版本
-- 更新：每个分区是截至当日的整条拉链，重跑任意一天只需要前一日分区
-- 取某日的用户属性：dt 取最新分区，start_date <= 那天 <= end_date
--********************************************************************--
SET odps.sql.type.system.odps2=true;

CREATE TABLE IF NOT EXISTS dim_user_zip
(
    user_id           BIGINT COMMENT '用户ID'
    ,gender           STRING COMMENT '性别：M/F/U'
    ,birthday         STRING COMMENT '生日，yyyymmdd'
    ,province         STRING COMMENT '常住省份'
    ,city             STRING COMMENT '常住城市'
    ,member_level     STRING COMMENT '会员等级：V0 到 V5'
    ,user_status      STRING COMMENT '账号状态：normal/frozen'
    ,register_channel STRING COMMENT '注册渠道'
    ,register_time    DATETIME COMMENT '注册时间'
    ,attr_hash        STRING COMMENT '参与拉链的属性的 MD5'
    ,start_date       STRING COMMENT '版本开始日期，yyyymmdd'
    ,end_date         STRING COMMENT '版本结束日期，yyyymmdd'
)
COMMENT '用户拉链维表'
PARTITIONED BY
(
    dt                STRING COMMENT '业务日期，yyyymmdd'
)
LIFECYCLE 15 -- 每个分区都是整条拉链，两周足够回滚
;

-- 截至前一日的拉链
@prev := SELECT  user_id
                ,gender
                ,birthday
                ,province
                ,city
                ,member_level
                ,user_status
                ,register_channel
                ,register_time
                ,attr_hash
                ,start_date
                ,end_date
        FROM    dim_user_zip
        WHERE   dt = '${last_bizdate}'
;

-- 当日全量；只有这些属性变化才产生新版本，昵称之类不算
@cur := SELECT  user_id
                ,gender
                ,birthday
                ,province
                ,city
                ,member_level
                ,user_status
                ,register_channel
                ,register_time
                ,MD5(CONCAT_WS('|'
                    ,NVL(gender, '')
                    ,NVL(birthday, '')
                    ,NVL(province, '')
                    ,NVL(city, '')
                    ,NVL(member_level, '')
                    ,NVL(user_status, '')
                )) AS attr_hash
        FROM    ods_user_df
        WHERE   dt = '${bizdate}'
;

-- 旧版本：已关闭的照抄；当前版本的属性变了，或者用户注销了，在前一日关闭
@kept := SELECT  p.user_id
                ,p.gender
                ,p.birthday
                ,p.province
                ,p.city
                ,p.member_level
                ,p.user_status
                ,p.register_channel
                ,p.register_time
                ,p.attr_hash
                ,p.start_date
                ,CASE   WHEN p.end_date <> '99991231' THEN p.end_date
                        WHEN c.user_id IS NULL THEN '${last_bizdate}'
                        WHEN c.attr_hash <> p.attr_hash THEN '${last_bizdate}'
                        ELSE p.end_date
                 END AS end_date
        FROM    @prev p
        LEFT JOIN @cur c
        ON      p.user_id = c.user_id
;

-- 新版本：新用户，以及属性有变化的老用户
@opened := SELECT  c.user_id
                ,c.gender
                ,c.birthday
                ,c.province
                ,c.city
                ,c.member_level
                ,c.user_status
                ,c.register_channel
                ,c.register_time
                ,c.attr_hash
                ,'${bizdate}' AS start_date
                ,'99991231'   AS end_date
        FROM    @cur c
        LEFT JOIN (
                    SELECT  user_id
                            ,attr_hash
                    FROM    @prev
                    WHERE   end_date = '99991231'
                ) p
        ON      c.user_id = p.user_id
        WHERE   p.user_id IS NULL
        OR      c.attr_hash <> p.attr_hash
;

INSERT OVERWRITE TABLE dim_user_zip PARTITION (dt = '${bizdate}')
SELECT  user_id
        ,gender
        ,birthday
        ,province
        ,city
        ,member_level
        ,user_status
        ,register_channel
        ,register_time
        ,attr_hash
        ,start_date
        ,end_date
FROM    @kept
UNION ALL
SELECT  user_id
        ,gender
        ,birthday
        ,province
        ,city
        ,member_level
        ,user_status
        ,register_channel
        ,register_time
        ,attr_hash
        ,start_date
        ,end_date
FROM    @opened
;
