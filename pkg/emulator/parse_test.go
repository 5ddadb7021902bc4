package emulator

import (
	"strings"
	"testing"
)

func TestTablesOf(t *testing.T) {
	for code, want := range map[string]string{
		"":         "|",
		"select 1": "|",
		"INSERT OVERWRITE TABLE dwd_a PARTITION (dt='${bizdate}') SELECT * FROM ods_a JOIN Other.ods_b b ON 1=1 LEFT JOIN ods_a": "ods_a,other.ods_b|dwd_a",
		"insert into b select * from (select * from a) x":                                                                        "a|b",
		"-- from c\n/* join d */ select 'from e', \"from f\" from g":                                                             "g|",
		"with t as (select * from a), u as (select 1) select * from t join u":                                                    "a|",
		"select '\\' from x' from y": "y|",
		"from a insert overwrite table b select 1 insert into table c select 2": "a|b,c",
		strings.Repeat("(", 10_000) + "from":                                    "|",
	} {
		reads, writes := tablesOf(code)
		if got := strings.Join(reads, ",") + "|" + strings.Join(writes, ","); got != want {
			t.Errorf("%.60q: got %s, want %s", code, got, want)
		}
	}
}
