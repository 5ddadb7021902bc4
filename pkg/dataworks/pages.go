package dataworks

import (
	"context"
	"fmt"
	"maps"
	"strconv"
	"time"
)

// pageSize is the most rows that any list gives at once.
const pageSize = 100

// listAttempts is how often a list that moved while paging is read, with pauses between.
const listAttempts = 5

const listPause = 300 * time.Millisecond

// page is one page of a list.
type page[R any] struct {
	rows []R
	// total is TotalCount; a list without it cannot be known to be whole.
	total *integer
}

// list reads all pages of a list and checks them against the count: rows without duplicates (by id), as many as the service says, and the same count on
// each page. Else somebody changed the list meanwhile and it is read again; errors: *MovedError, *AnswerError, those of a call.
func list[R any](ctx context.Context, c *Client, r *request, id func(R) string, read func(*answer) (page[R], error)) ([]R, error) {
	got, want := 0, 0
	for attempt := range listAttempts {
		if attempt > 0 {
			if err := sleep(ctx, listPause<<(attempt-1)); err != nil {
				return nil, err
			}
		}
		rows, total, still, err := listOnce(ctx, c, r, id, read)
		if err != nil {
			return nil, err
		}
		if still && len(rows) == total {
			return rows, nil
		}
		got, want = len(rows), total
	}
	return nil, &MovedError{Action: r.action.name, Object: r.object, Attempts: listAttempts, Got: got, Want: want}
}

// listOnce reads the list once. still tells that the count was the same on each page: else a row may have slipped between two pages, even if there are
// as many as were counted last.
func listOnce[R any](ctx context.Context, c *Client, r *request, id func(R) string, read func(*answer) (page[R], error)) (rows []R, total int, still bool, err error) {
	seen := map[string]bool{}
	still = true
	for number := 1; ; number++ {
		one := *r
		one.params = with(maps.Clone(r.params), map[string]string{"PageNumber": strconv.Itoa(number), "PageSize": strconv.Itoa(pageSize)})
		a, err := c.caller.call(ctx, &one)
		if err != nil {
			return nil, 0, false, err
		}
		p, err := read(a)
		if err != nil {
			return nil, 0, false, err
		}
		if p.total == nil || *p.total < 0 {
			return nil, 0, false, c.malformed(r, a, "a list without its TotalCount")
		}
		if number > 1 && int(*p.total) != total {
			still = false
		}
		total = int(*p.total)
		before := len(rows)
		for _, row := range p.rows {
			key := id(row)
			if key == "" {
				return nil, 0, false, c.malformed(r, a, fmt.Sprintf("a row without its id on page %d", number))
			}
			if !seen[key] {
				seen[key] = true
				rows = append(rows, row)
			}
		}
		// A page without a new row is the end, whatever was counted: a service that answers one page for ever must not be asked for ever.
		if len(rows) == before || len(rows) >= total {
			break
		}
	}
	return rows, total, still, nil
}
