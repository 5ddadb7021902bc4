package pull

import (
	"github.com/dwsync/dwsync/pkg/diff"
	"github.com/dwsync/dwsync/pkg/model"
)

var testKey = model.FileKey("业务流程/shop/MaxCompute", "a", 10)

// compare gives the comparison of one object; nil forms are not there.
func compare(tree, workspace, base *model.Object) diff.Comparison {
	in := diff.Input{Tree: map[model.Key]model.Object{}, Remote: map[model.Key]model.Remote{}, Bases: map[model.Key]diff.Base{}}
	var k model.Key
	for _, o := range []*model.Object{tree, workspace, base} {
		if o != nil {
			k = o.Key
		}
	}
	if tree != nil {
		in.Tree[k] = *tree
	}
	if workspace != nil {
		in.Remote[k] = model.Remote{Object: *workspace, FileID: "1", Stage: model.StageDeployed}
	}
	in.Bases[k] = diff.Base{Object: base}
	return diff.Compare(in)[0]
}
