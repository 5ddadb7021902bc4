--********************************************************************--
-- 会员周报：RFM 分层流转
-- 粒度：上周分层 + 本周分层；首次出现的用户上周为“新进入”，
--       180 天没有支付而退出的用户本周为“流失”
--********************************************************************--
SET odps.sql.type.system.odps2=true;

CREATE TABLE IF NOT EXISTS ads_rpt_member_week
(
    from_segment    STRING COMMENT '上周分层'
    ,to_segment     STRING COMMENT '本周分层'
    ,user_cnt       BIGINT COMMENT '人数'
    ,from_share     DECIMAL(18,4) COMMENT '占上周该分层人数的比例'
    ,high_level_cnt BIGINT COMMENT '其中 V3 及以上会员人数'
    ,monetary       DECIMAL(18,2) COMMENT '近 180 天净支付额，元；流失的用户取上周的值'
)
COMMENT '会员周报：RFM 分层流转'
PARTITIONED BY
(
    dt              STRING COMMENT '统计截止日期（周日），yyyymmdd'
)
LIFECYCLE 3650
;

WITH moved AS
(
    SELECT  COALESCE(c.user_id, p.user_id)    AS user_id
            ,NVL(p.segment, '新进入')         AS from_segment
            ,NVL(c.segment, '流失')           AS to_segment
            ,COALESCE(c.monetary, p.monetary) AS monetary
    FROM    (
                SELECT  user_id
                        ,segment
                        ,monetary
                FROM    ads_user_rfm_1w
                WHERE   dt = '${bizdate}'
            ) c
    FULL OUTER JOIN (
                SELECT  user_id
                        ,segment
                        ,monetary
                FROM    ads_user_rfm_1w
                WHERE   dt = '${last_week}'
            ) p
    ON      c.user_id = p.user_id
),
flow AS
(
    SELECT  m.from_segment
            ,m.to_segment
            ,COUNT(*)                                             AS user_cnt
            ,SUM(IF(u.member_level IN ('V3', 'V4', 'V5'), 1, 0))  AS high_level_cnt
            ,SUM(m.monetary)                                      AS monetary
    FROM    moved m
    LEFT JOIN (
                SELECT  user_id
                        ,member_level
                FROM    dim_user_zip
                WHERE   dt = '${bizdate}'
                AND     end_date = '99991231'
            ) u
    ON      m.user_id = u.user_id
    GROUP BY m.from_segment
             ,m.to_segment
)
INSERT OVERWRITE TABLE ads_rpt_member_week PARTITION (dt = '${bizdate}')
SELECT  from_segment
        ,to_segment
        ,user_cnt
        ,CAST(user_cnt / SUM(user_cnt) OVER (PARTITION BY from_segment) AS DECIMAL(18,4)) AS from_share
        ,high_level_cnt
        ,CAST(monetary AS DECIMAL(18,2)) AS monetary
FROM    flow
;
