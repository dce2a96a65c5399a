{{ staged_communications(of_referring_communications(source('exstream', 'communications'))) }}
