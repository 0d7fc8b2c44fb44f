package store

import (
	"context"
	"database/sql"
	"encoding/binary"
	"errors"
	"fmt"
	"time"
)

// SQLite overwrites what is deleted, but not what it moves: when it spreads the cells of full
// pages anew, copies of cells stay in the gap of a page between the pointers to its cells and
// the cells themselves, of records that may be erased later. So clearGaps looks at all pages,
// and overwrites the gaps with zeros, which nothing reads. The pages are read and written
// through SQLite, as one table (SQLITE_DBPAGE), in transactions like any other.
//
// Sources: https://www.sqlite.org/fileformat2.html#b_tree_pages, https://www.sqlite.org/dbpage.html
type gaps struct {
	reader, writer *sql.DB
	rest           time.Time // when pages may be looked at again; in wall time
}

// gapsAtOnce is how many pages one transaction clears, which others wait for.
const gapsAtOnce = 64

// mostPages is from where on the first byte of a page does not say that it is one of a b-tree: the
// pages of long values and free ones begin with the number of another page. Gaps of databases
// that are as large (64 GiB) stay as they are.
const mostPages = 1 << 24

// pagesRest is how many times as long as a look at all pages took the next has to wait: what is
// erased all the time in a large database must not keep a processor busy.
const pagesRest = 20

// clear does it. It returns false if it was too early to do it again.
func (g *gaps) clear(ctx context.Context) (bool, error) {
	begun := time.Now()
	if begun.Before(g.rest) {
		return false, nil
	}
	pages, err := g.find(ctx)
	if err != nil {
		return false, fmt.Errorf("look for gaps: %w", err)
	}
	if took := time.Since(begun); took > time.Second {
		g.rest = begun.Add(pagesRest * took)
	}
	for len(pages) > 0 {
		n := min(len(pages), gapsAtOnce)
		if err := g.clearPages(ctx, pages[:n]); err != nil {
			return false, fmt.Errorf("clear gaps: %w", err)
		}
		pages = pages[n:]
	}
	return true, nil
}

// find returns the numbers of the pages whose gap is not clear.
func (g *gaps) find(ctx context.Context) (pages []int64, err error) {
	var count, vacuums int64
	err = errors.Join(
		g.reader.QueryRowContext(ctx, `PRAGMA page_count`).Scan(&count),
		g.reader.QueryRowContext(ctx, `PRAGMA auto_vacuum`).Scan(&vacuums),
	)
	if err != nil {
		return nil, err
	}
	// Somebody else has to turn auto_vacuum on; then pages that map pages look like those of a b-tree.
	if count >= mostPages || vacuums != 0 {
		return nil, nil
	}
	rows, err := g.reader.QueryContext(ctx, `SELECT pgno, data FROM sqlite_dbpage`)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	for rows.Next() {
		var number int64
		var page sql.RawBytes
		if err := rows.Scan(&number, &page); err != nil {
			return nil, err
		}
		if !isClear(gap(number, page)) {
			pages = append(pages, number)
		}
	}
	return pages, rows.Err()
}

func (g *gaps) clearPages(ctx context.Context, pages []int64) error {
	tx, err := g.writer.BeginTx(ctx, nil)
	if err != nil {
		return err
	}
	defer tx.Rollback()
	for _, number := range pages {
		var page []byte
		err := tx.QueryRowContext(ctx, `SELECT data FROM sqlite_dbpage WHERE pgno = $1`, number).Scan(&page)
		if errors.Is(err, sql.ErrNoRows) {
			continue // the file has become shorter
		}
		if err != nil {
			return err
		}
		clear(gap(number, page))
		if _, err := tx.ExecContext(ctx, `UPDATE sqlite_dbpage SET data = $1 WHERE pgno = $2`, page, number); err != nil {
			return err
		}
	}
	return tx.Commit()
}

// gap is the part of a page that nothing lies in; empty if the page is none of a b-tree.
func gap(number int64, page []byte) []byte {
	header := 0
	if number == 1 {
		header = 100 // behind the header of the file
	}
	if len(page) < 512 {
		return nil
	}
	size := 8
	switch page[header] {
	case 2, 5: // inner pages of indexes and tables
		size = 12
	case 10, 13: // their leaves
	default:
		return nil
	}
	cells := int(binary.BigEndian.Uint16(page[header+3:]))
	content := int(binary.BigEndian.Uint16(page[header+5:]))
	if content == 0 {
		content = 1 << 16
	}
	from := header + size + 2*cells
	if from > content || content > len(page) {
		return nil
	}
	return page[from:content]
}

func isClear(b []byte) bool {
	for _, v := range b {
		if v != 0 {
			return false
		}
	}
	return true
}
