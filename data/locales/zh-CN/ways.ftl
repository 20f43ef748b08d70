# /repaint 以外的绘图方式：扩图、融合、链接、菜单、个人默认值。

## 成员可以自己改正；没有占用额度

expansion_missing = 请说明扩展多少：一边或几边的数值，或者一个宽高比。
expansion_unneeded = 这张图片的宽高比已经是 { $ratio }。
expansion_too_large = 扩展后的面积将是原图的 { $found } 倍，最多为 { $allowed } 倍。请减少某一边，或选择更接近原图的宽高比。
outcome_expansion_unneeded = 这张图片实际上已经是这个宽高比。
outcome_expansion_too_large = 这张图片需要的新面积超出了绘图服务的范围，请减少一些。
too_many_pictures = 这里有 { $found } 张图片，一次融合最多 { $allowed } 张。
picture_missing = 其中没有图片。
