package tree

import "github.com/dwsync/dwsync/pkg/model"

// Change is what a pull wants of one object of the tree.
type Change struct {
	Key model.Key
	// Object is the wanted object in portable form; nil deletes.
	Object *model.Object
}
