package eventstore

// Stored is how many bytes the blocks and the indexes of a batch take.
func (b *Batch) Stored() (payload, index int) {
	for i := range b.pieces {
		p := &b.pieces[i]
		x := index1(p)
		payload += len(p.payload)
		index += len(x)
	}
	return payload, index
}

func index1(p *piece) []byte {
	info := p.blockInfo
	info.first = 1
	x := index{blocks: []blockInfo{info}, bloom: p.bloom, end: 1}
	return x.record("", 0).Body
}
