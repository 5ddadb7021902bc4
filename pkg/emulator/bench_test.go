package emulator_test

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/dwsync/dwsync/pkg/emulator"
)

// warehouse is a server with n files of 2 KB in folders of 100.
func warehouse(t testing.TB, n int) (*emulator.Server, []int64) {
	t.Helper()
	s := emulator.New(emulator.Options{})
	files := make([]emulator.SeedFile, n)
	content := strings.Repeat("SELECT * FROM t; -- 注释\n", 80)
	for i := range files {
		files[i] = emulator.SeedFile{Folder: fmt.Sprintf("%s/d%d", mc, i/100), Name: fmt.Sprint("f", i), Type: 10, Content: content, Params: map[string]string{"InputList": "dw_project_root", "CronExpress": "00 30 00 * * ?"}, Stage: emulator.Deployed}
	}
	ids, err := s.Seed("dw_project", files...)
	if err != nil {
		t.Fatal(err)
	}
	return s, ids
}

// bench measures the handler alone: requests are signed before the clock runs.
func bench(b *testing.B, s *emulator.Server, action string, p func(i int) params) {
	c := inProcess(b, s)
	requests := make([]*http.Request, b.N)
	for i := range requests {
		requests[i] = c.request(action, p(i))
	}
	b.ResetTimer()
	for _, r := range requests {
		w := httptest.NewRecorder()
		s.ServeHTTP(w, r)
		if w.Code != http.StatusOK {
			b.Fatal(w.Body)
		}
	}
}

func BenchmarkGetFile(b *testing.B) {
	s, ids := warehouse(b, 10_000)
	bench(b, s, "GetFile", func(i int) params { return params{"ProjectId": "10000", "FileId": fmt.Sprint(ids[i%len(ids)])} })
}

func BenchmarkListFiles(b *testing.B) {
	s, _ := warehouse(b, 10_000)
	bench(b, s, "ListFiles", func(i int) params {
		return params{"ProjectId": "10000", "UseType": "NORMAL", "NeedAbsoluteFolderPath": "true", "PageSize": "100", "PageNumber": fmt.Sprint(1 + i%100)}
	})
}

func BenchmarkSnapshotRestore(b *testing.B) {
	s, _ := warehouse(b, 10_000)
	for b.Loop() {
		if err := s.Restore(s.Snapshot()); err != nil {
			b.Fatal(err)
		}
	}
}

// With 10,000 files a GetFile stays below 0.2 ms and a page of ListFiles below
// 2 ms. The fastest of many calls counts, since others may use the machine, and
// the race detector is allowed ten times as much.
func TestCost(t *testing.T) {
	s, ids := warehouse(t, 10_000)
	c := inProcess(t, s)
	const calls, allowance = 100, 10
	measure := func(action string, p func(i int) params) time.Duration {
		requests := make([]*http.Request, calls)
		for i := range requests {
			requests[i] = c.request(action, p(i))
		}
		runtime.GC()
		fastest := time.Hour
		for _, r := range requests {
			start := time.Now()
			s.ServeHTTP(httptest.NewRecorder(), r)
			fastest = min(fastest, time.Since(start))
		}
		return fastest
	}
	if took := measure("GetFile", func(i int) params { return params{"ProjectId": "10000", "FileId": fmt.Sprint(ids[i])} }); took > allowance*200*time.Microsecond {
		t.Errorf("GetFile takes %s", took)
	}
	if took := measure("ListFiles", func(i int) params {
		return params{"ProjectId": "10000", "UseType": "NORMAL", "PageSize": "100", "PageNumber": fmt.Sprint(1 + i%100)}
	}); took > allowance*2*time.Millisecond {
		t.Errorf("ListFiles takes %s", took)
	}
}

// A write costs one store transaction, whatever the number of files.
func BenchmarkStoredUpdate(b *testing.B) {
	s, err := emulator.Open(b.TempDir()+"/e.db", emulator.Options{})
	if err != nil {
		b.Fatal(err)
	}
	defer s.Close()
	files := make([]emulator.SeedFile, 1000)
	for i := range files {
		files[i] = emulator.SeedFile{Folder: mc, Name: fmt.Sprint("f", i), Type: 10, Content: strings.Repeat("x", 2000)}
	}
	ids, err := s.Seed("dw_project", files...)
	if err != nil {
		b.Fatal(err)
	}
	bench(b, s, "UpdateFile", func(i int) params {
		return params{"ProjectId": "10000", "FileId": fmt.Sprint(ids[i%len(ids)]), "Content": fmt.Sprint("SELECT ", i)}
	})
}
