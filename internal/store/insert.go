package store

import (
	"context"
	"strconv"
	"strings"
)

// batch is how many rows one INSERT writes. A statement may have 32,766 parameters in
// SQLite.
const batch = 64

// insertRows writes rows that are given one after the other in args, in as few
// statements as the batch allows.
func insertRows(ctx context.Context, q querier, into string, columns int, args []any) error {
	for len(args) > 0 {
		n := min(len(args), batch*columns)
		if _, err := q.ExecContext(ctx, into+values(n/columns, columns), args[:n]...); err != nil {
			return err
		}
		args = args[n:]
	}
	return nil
}

// values writes " VALUES ($1,$2),($3,$4)…".
func values(rows, columns int) string {
	var b strings.Builder
	b.WriteString(" VALUES ")
	for i := range rows * columns {
		switch {
		case i == 0:
			b.WriteByte('(')
		case i%columns == 0:
			b.WriteString("),(")
		default:
			b.WriteByte(',')
		}
		b.WriteByte('$')
		b.WriteString(strconv.Itoa(i + 1))
	}
	b.WriteByte(')')
	return b.String()
}
