package dataworks

import (
	"context"
	"fmt"
	"slices"
	"sync"

	"github.com/dwsync/dwsync/pkg/model"
)

// Of an inner file (a file of a combined, for-each or do-while node) ListFiles and GetFile tell only its node's id, as ParentId. What people call it is
// its node's key and its own name. Where the service keeps such files among the folders is not documented, so that their FileFolderId is not asked.

// deepestInner is how many nodes an inner file may lie in, one inside the other: for-each and do-while hold other nodes, but DataStudio nests them once.
const deepestInner = 16

// nodeKeys are the keys of nodes that hold inner files, by id, as far as they were read.
type nodeKeys struct {
	mu   sync.Mutex
	keys map[model.FileID]model.Key
}

func newNodeKeys() *nodeKeys { return &nodeKeys{keys: map[model.FileID]model.Key{}} }

func (n *nodeKeys) known(id model.FileID) (model.Key, bool) {
	n.mu.Lock()
	defer n.mu.Unlock()
	key, known := n.keys[id]
	return key, known
}

func (n *nodeKeys) learn(id model.FileID, key model.Key) {
	n.mu.Lock()
	defer n.mu.Unlock()
	n.keys[id] = key
}

// refresh corrects what is known of a node, which may have been renamed or moved.
func (n *nodeKeys) refresh(id model.FileID, key model.Key) {
	n.mu.Lock()
	defer n.mu.Unlock()
	if _, known := n.keys[id]; known {
		n.keys[id] = key
	}
}

// listedKeys gives the keys of the rows of a list. The nodes of inner files are looked for in the list first.
func (c *Client) listedKeys(ctx context.Context, r *request, a *answer, rows []fileRow) ([]model.Key, error) {
	keys := make([]model.Key, len(rows))
	index := make(map[string]int, len(rows))
	hasInner := false
	for i, row := range rows {
		index[row.FileID.id()] = i
		if row.ParentID.id() != "" {
			hasInner = true
			continue
		}
		var err error
		if keys[i], err = c.fileKey(ctx, r, a, row); err != nil {
			return nil, err
		}
	}
	if !hasInner {
		return keys, nil
	}
	for _, row := range rows {
		if i, listed := index[row.ParentID.id()]; listed && keys[i] != (model.Key{}) {
			c.nodes.learn(model.FileID(rows[i].FileID.id()), keys[i])
		}
	}
	var place func(i, depth int) error
	place = func(i, depth int) (err error) {
		node, listed := index[rows[i].ParentID.id()]
		if listed && keys[node] == (model.Key{}) && depth < deepestInner {
			if err := place(node, depth+1); err != nil {
				return err
			}
		}
		if keys[i] != (model.Key{}) { // Its nodes lie in themselves.
			return nil
		}
		if keys[i], err = c.innerKey(ctx, r, a, rows[i], nil); err == nil && keys[i].IsInner() {
			c.nodes.learn(model.FileID(rows[i].FileID.id()), keys[i])
		}
		return err
	}
	for i := range rows {
		if keys[i] == (model.Key{}) {
			if err := place(i, 0); err != nil {
				return nil, err
			}
		}
	}
	return keys, nil
}

// innerKey is the key of an inner file. If its node is not there any more, it is that of a file that lies in no node. below are the files inside it, on
// whose behalf it is asked for.
func (c *Client) innerKey(ctx context.Context, r *request, a *answer, row fileRow, below []model.FileID) (model.Key, error) {
	node, found, err := c.nodeKey(ctx, model.FileID(row.ParentID.id()), append(slices.Clone(below), model.FileID(row.FileID.id())))
	switch {
	case err != nil:
		return model.Key{}, fmt.Errorf("find the node of the file %s (%s): %w", row.FileName, row.FileID, err)
	case row.FileName == "" || row.FileType <= 0:
		return model.Key{}, c.malformed(r, a, fmt.Sprintf("the file %s without a name or type", row.FileID))
	case found:
		return model.InnerKey(node, string(row.FileName), model.FileType(row.FileType)), nil
	}
	if key, err := c.fileKey(ctx, r, a, row); err == nil {
		return key, nil
	}
	return model.FileKey("", string(row.FileName), model.FileType(row.FileType)), nil
}

// nodeKey is the key of a node that holds inner files; false if it is not there, or lies in itself.
func (c *Client) nodeKey(ctx context.Context, id model.FileID, below []model.FileID) (model.Key, bool, error) {
	if key, known := c.nodes.known(id); known {
		return key, true, nil
	}
	if slices.Contains(below, id) || len(below) > deepestInner {
		return model.Key{}, false, nil
	}
	f, err := c.readFile(ctx, id)
	if IsNotFound(err) || err == nil && f.row.isDeleted() {
		return model.Key{}, false, nil
	}
	if err != nil {
		return model.Key{}, false, err
	}
	key, err := c.keyOf(ctx, f.request, f.answer, f.row, below)
	if err != nil || f.row.ParentID.id() != "" && !key.IsInner() {
		return model.Key{}, false, err
	}
	c.nodes.learn(id, key)
	return key, true, nil
}

// keyOf is the key of a file that was read for itself.
func (c *Client) keyOf(ctx context.Context, r *request, a *answer, row fileRow, below []model.FileID) (model.Key, error) {
	if row.ParentID.id() != "" {
		return c.innerKey(ctx, r, a, row, below)
	}
	return c.fileKey(ctx, r, a, row)
}
