// Package graph knows who needs whom: order, cycles, and what lies up and down the graph. It is pure and works over any comparable key.
//
// The words: a key *needs* others, its parents; those that need it are its children. A graph is given as a function that tells what a key needs; keys
// that are needed but not listed are not part of the graph.
package graph

// Sort orders keys so that each comes after all that it needs; keys that do not depend on each other keep the order in which they are given. If keys need each other in a circle, sorted is nil and cycle is one such circle, its first key repeated at its end.
func Sort[K comparable](keys []K, needs func(K) []K) (sorted, cycle []K) {
	const (
		unseen = iota
		open
		done
	)
	state := make(map[K]int, len(keys))
	for _, k := range keys {
		state[k] = unseen
	}
	sorted = make([]K, 0, len(keys))
	// frame is a key whose needs are being visited; an explicit stack, since chains of jobs can be as long as the workspace.
	type frame struct {
		key  K
		rest []K
	}
	for _, root := range keys {
		if state[root] != unseen {
			continue
		}
		state[root] = open
		stack := []frame{{root, needs(root)}}
		for len(stack) > 0 {
			top := &stack[len(stack)-1]
			if len(top.rest) == 0 {
				state[top.key] = done
				sorted = append(sorted, top.key)
				stack = stack[:len(stack)-1]
				continue
			}
			next := top.rest[0]
			top.rest = top.rest[1:]
			switch s, listed := state[next]; {
			case !listed || s == done:
			case s == open:
				return nil, circle(stack, next, func(f frame) K { return f.key })
			default:
				state[next] = open
				stack = append(stack, frame{next, needs(next)})
			}
		}
	}
	return sorted, nil
}

// circle reads the circle that closes at key from the stack of open keys.
func circle[F any, K comparable](stack []F, key K, keyOf func(F) K) []K {
	for i, f := range stack {
		if keyOf(f) != key {
			continue
		}
		var path []K
		for _, member := range stack[i:] {
			path = append(path, keyOf(member))
		}
		return append(path, key)
	}
	return nil
}
