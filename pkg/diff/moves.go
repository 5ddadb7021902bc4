package diff

import (
	"slices"
	"strings"

	"github.com/dwsync/dwsync/pkg/model"
)

// OutputMove says what an action does with outputs that others depend on.
type OutputMove struct {
	// Keeps are outputs that the tree no longer has and that a later action of the same file takes away.
	Keeps []string
	// Leaves are outputs that it takes away, sorted, after the actions of After, which repoint who depended on them.
	Leaves []string
	After  []model.Key
	// Takes are the outputs that it takes over from other files, Gives those that it takes away for other files to have; both sorted by output.
	Takes, Gives []Takeover
}

// Takeover is an output that moves, and the other file.
type Takeover struct {
	Output string
	File   model.Key
}

// OutputMoves gives what the plan does with outputs that others depend on or that move, by action; actions that do nothing of the kind are left out.
func (p Plan) OutputMoves() map[ActionID]OutputMove {
	givers := map[string]ActionID{}
	for _, a := range p.Actions {
		for _, output := range a.loses() {
			givers[output] = a.ID()
		}
	}
	if len(givers) == 0 {
		return nil
	}
	moves := map[ActionID]OutputMove{}
	for _, a := range p.Actions {
		if a.Part == PartLeave {
			move := moves[a.ID()]
			move.Leaves = a.loses()
			for _, need := range a.Needs {
				if need.Key != a.Key {
					move.After = append(move.After, need.Key)
				}
			}
			moves[a.ID()] = move
			main := ActionID{Key: a.Key}
			kept := moves[main]
			kept.Keeps = move.Leaves
			moves[main] = kept
		}
		if a.Part == PartGiveUp || a.Op != OpCreate && a.Op != OpUpdate {
			continue
		}
		for _, output := range a.Want.Get(model.FieldOutputList).Names() {
			giver, isLost := givers[output]
			if !isLost || giver.Key == a.Key {
				continue
			}
			taker, from := moves[a.ID()], moves[giver]
			taker.Takes = append(taker.Takes, Takeover{output, giver.Key})
			from.Gives = append(from.Gives, Takeover{output, a.Key})
			moves[a.ID()], moves[giver] = taker, from
		}
	}
	for id, move := range moves {
		slices.SortFunc(move.Gives, func(a, b Takeover) int { return strings.Compare(a.Output, b.Output) })
		moves[id] = move
	}
	return moves
}
